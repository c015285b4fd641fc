// The rank lab's calls: spectra, live previews of a truncation, overlaps. A truncation is written into the active adapter's
// parameters in its own layout, so that neither answers nor the evaluation compile again.
import type { Adapter } from "../engine/adapters/adapter.ts";
import type { OpenedAdapter } from "../engine/adapters/adapter-files.ts";
import { overOneBase } from "../engine/adapters/one-base.ts";
import { blendAdapters } from "../engine/analysis/blend.ts";
import { everyUpdate, truncatableUpdates } from "../engine/analysis/low-rank.ts";
import { adapterOverlap } from "../engine/analysis/overlap.ts";
import { adapterSpectrum, type Decomposed, decompose } from "../engine/analysis/spectrum.ts";
import { truncatedAdapter, truncatedParams, truncation } from "../engine/analysis/truncate.ts";
import type {
	AdapterInfo,
	AdapterOverlap,
	AdapterRef,
	AdapterSpectrum,
	BlendSettings,
	CutPreview,
	HeldOutRows,
	NamedRef,
	OverlapSide,
	RankCut,
} from "../engine/api.ts";
import type { TokenBatch } from "../engine/data/dataset.ts";
import type { Plan } from "../engine/executor/plan.ts";
import { evaluateBatches, releaseBatch } from "../engine/train/batches.ts";
import { evaluationGraph } from "../engine/train/graphs.ts";
import { compilePlan } from "../engine/train/runtime.ts";
import { workerMessage } from "../shared/messages/index.ts";
import type { DataCache } from "./data-cache.ts";
import type { OpenModel } from "./open-model.ts";

export class RankLab {
	/** The decomposed modules of the active adapter. */
	private decomposed: { readonly adapter: Adapter; readonly modules: Decomposed[] } | null = null;
	private measure: { readonly plan: Plan; readonly batches: readonly TokenBatch[]; readonly of: unknown } | null = null;

	constructor(
		private readonly opened: () => OpenModel,
		private readonly data: DataCache,
		private readonly adapterOfRun: (id: string) => Promise<OpenedAdapter>,
	) {}

	async spectrum(ref: AdapterRef): Promise<AdapterSpectrum> {
		const [adapter, name] =
			ref.kind === "memory"
				? [await this.opened().activeAdapter.now(), workerMessage("adapterInMemory")]
				: [(await this.adapterOfRun(ref.id)).adapter, workerMessage("runAdapter")];
		return adapterSpectrum(everyUpdate(adapter, name).map(decompose));
	}

	/** @throws TabTuneError "adapter" for adapters without a module in common, or of another base */
	async overlap(first: AdapterRef, second: AdapterRef, side: OverlapSide): Promise<AdapterOverlap> {
		return adapterOverlap(await this.modulesOf(first), await this.modulesOf(second), side);
	}

	/** Replaces the active adapter's parameters with truncated ones, also for answers, until `end` or `keep`. */
	async preview(cut: RankCut, rows: HeldOutRows | null): Promise<CutPreview> {
		const started = performance.now();
		const { answers, activeAdapter } = this.opened();
		const { adapter: whole, modules } = await this.inMemory();
		const report = truncation(whole, modules, cut);
		const params = truncatedParams(whole, modules, cut);
		const eval_loss = await answers.inTurn(async () => {
			await activeAdapter.show(params);
			return rows === null ? null : this.heldOutLoss(whole, rows);
		});
		return { truncation: report, eval_loss, milliseconds: performance.now() - started };
	}

	/** Restores the whole adapter. */
	async end(): Promise<void> {
		const { answers, activeAdapter } = this.opened();
		await answers.inTurn(() => activeAdapter.show(null));
	}

	/** Makes the truncated adapter the active one. */
	async keep(cut: RankCut): Promise<AdapterInfo> {
		const { runtime, activeAdapter } = this.opened();
		const { adapter: whole, modules } = await this.inMemory();
		return activeAdapter.takeNew(truncatedAdapter(runtime.model, whole, modules, cut));
	}

	/** A blend, with the base that it is for. */
	async blend(refs: readonly NamedRef[], settings: BlendSettings): Promise<OpenedAdapter> {
		const { runtime, activeAdapter } = this.opened();
		const opened = await Promise.all(
			refs.map(async ({ name, ref }) => ({
				name,
				...(ref.kind === "memory"
					? { model: runtime.model, adapter: await activeAdapter.now() }
					: await this.adapterOfRun(ref.id)),
			})),
		);
		const { model, adapters } = overOneBase(opened, runtime.model);
		return { model, adapter: blendAdapters(model, adapters, settings) };
	}

	/** Discards everything computed from the active adapter. */
	drop(): void {
		this.decomposed = null;
		if (this.measure === null) return;
		this.measure.plan.destroy();
		releaseBatch(this.opened().runtime);
		this.measure = null;
	}

	private async inMemory() {
		if (this.decomposed === null) {
			const adapter = await this.opened().activeAdapter.now();
			this.decomposed = {
				adapter,
				modules: truncatableUpdates(adapter, workerMessage("adapterInMemory")).map(decompose),
			};
		}
		return this.decomposed;
	}

	private async adapterOf(ref: AdapterRef): Promise<Adapter> {
		return ref.kind === "memory" ? this.opened().activeAdapter.now() : (await this.adapterOfRun(ref.id)).adapter;
	}

	private async modulesOf(ref: AdapterRef): Promise<Decomposed[]> {
		if (ref.kind === "memory" && this.decomposed !== null) return this.decomposed.modules;
		return everyUpdate(await this.adapterOf(ref), workerMessage("theAdapter")).map(decompose);
	}

	/** Token-weighted loss of the held-out rows. The plan is kept for the next truncation. */
	private async heldOutLoss({ layout }: Adapter, { data, settings, heldOut }: HeldOutRows): Promise<number | null> {
		const { runtime, textProcessor } = this.opened();
		const { heldOut: rows } = await this.data.get(runtime.model, textProcessor, data, heldOut, settings);
		if (rows === null) return null;
		if (this.measure?.of !== rows) {
			this.measure?.plan.destroy();
			releaseBatch(runtime);
			const size = settings.per_device_train_batch_size;
			const answers = rows.chosen();
			const plan = await compilePlan(runtime, evaluationGraph(runtime.model, layout, answers.capacity(size)));
			this.measure = { plan, batches: answers.batchesInOrder(size), of: rows };
		}
		return (await evaluateBatches(runtime, this.measure.plan, this.measure.batches)).eval_loss;
	}
}
