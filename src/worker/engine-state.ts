// The state that all calls share: one device, one model, one active adapter, the runs.

import type { Adapter } from "../engine/adapters/adapter.ts";
import type { OpenedAdapter } from "../engine/adapters/adapter-files.ts";
import { adapterLayout } from "../engine/adapters/layout.ts";
import type { AdapterInfo, LoadProgress, ModelSource } from "../engine/api.ts";
import { Gpu } from "../engine/device/gpu.ts";
import type { ModelFolder } from "../engine/formats/index.ts";
import { type LoadedModel, openModelFiles } from "../engine/models/load.ts";
import { uploadWeight } from "../engine/models/upload.ts";
import { PrivateFiles } from "../engine/persistence/private-files.ts";
import { storeIn } from "../engine/train/device-tuning.ts";
import { startRuntime } from "../engine/train/runtime.ts";
import { resolveSettings } from "../engine/train/settings.ts";
import { openTextProcessorIfAny, type TextProcessor } from "../engine/train/text-processor.ts";
import { warmTraining } from "../engine/train/trainer.ts";
import { TabTuneError } from "../shared/errors.ts";
import { workerMessage } from "../shared/messages/index.ts";
import { ActiveAdapter } from "./active-adapter.ts";
import { ActiveRun } from "./active-run.ts";
import { Answers } from "./answers.ts";
import { DataCache } from "./data-cache.ts";
import { modelFolder } from "./model-source.ts";
import { baseOf, modelInfo, type OpenModel } from "./open-model.ts";
import type { RankLab } from "./rank-lab.ts";
import { RunStore } from "./run-store.ts";
import { StoredAdapters } from "./stored-adapters.ts";

/** The batch for which training kernels are compiled before the rows are known: all larger sizes use the same variants. */
const WARM_CAPACITY = { tokens: 256, targets: 128 };

export class EngineState {
	private gpu: Promise<Gpu> | null = null;
	opened: OpenModel | null = null;
	/** The source of the model that was loaded last, and whether that succeeded: `recover` loads it again. */
	private loaded: { readonly source: ModelSource; done: boolean } | null = null;
	/** Resolves when the training kernels are compiled. Answers wait for it, so that a run never waits for an answer's kernels. */
	private warming: Promise<void> = Promise.resolve();
	readonly data = new DataCache();
	readonly activeRun = new ActiveRun();
	/** Fingerprint of the bundled weights; null for other models. */
	fingerprint: string | null = null;
	/** The base of a model that an adapter changed, for `forNewRun`. */
	private unchanged: { changed: LoadedModel; own: ReturnType<EngineState["forNewRun"]> } | null = null;
	private store: Promise<RunStore> | null = null;
	private readonly storedAdapters = new StoredAdapters();
	lab: RankLab | null = null;
	/** The browser; Node before version 21 states none. */
	readonly agent = typeof navigator === "undefined" ? "" : navigator.userAgent;

	/** @param findGpu where WebGPU comes from */
	constructor(private readonly findGpu: () => Promise<GPU>) {}

	/** Replaces the open model, and releases everything that depended on it. */
	async load(source: ModelSource, onProgress: (progress: LoadProgress) => void): Promise<OpenModel> {
		this.activeRun.refuse(workerMessage("waiting.model"));
		const loaded = { source, done: false };
		this.loaded = loaded;
		const gpu = await this.device();
		const { folder, name, license, fingerprint } = await modelFolder(source, onProgress);
		const base = await openModelFiles(folder, name, source.dtype);
		const textProcessor = await openTextProcessorIfAny(folder, base.config);
		const { tokenizer } = textProcessor ?? {};
		const fits = tokenizer === undefined || tokenizer.vocabSize <= base.config.vocab_size;
		const model = fits ? base : await withRows(base);
		const runtime = await startRuntime(gpu, model, (done, total) => onProgress({ stage: "upload", done, total }), {
			store: storeIn(this.agent, () => PrivateFiles.open("tuning")),
			onMeasure: (done, total) => onProgress({ stage: "tune", done, total }),
		});
		this.lab?.drop();
		await this.opened?.answers.drop();
		this.opened?.runtime.memory.releaseAll();
		this.fingerprint = fingerprint;
		const opened = this.openWith({ runtime, textProcessor, license });
		const usual = resolveSettings({}, workerMessage("theSettings"));
		this.warm(() => warmTraining(runtime, adapterLayout(model, usual), usual, WARM_CAPACITY));
		loaded.done = true;
		return opened;
	}

	/** After the GPU was lost: requests it again, and loads the model and the adapter that were in memory. */
	async recover(onProgress: (progress: LoadProgress) => void): Promise<OpenModel> {
		this.activeRun.refuse(workerMessage("waiting.model"));
		const before = this.loaded?.done === true ? this.opened : null;
		const adapter = before === null || before.activeAdapter.layout === null ? null : await before.activeAdapter.now();
		await this.load(this.loaded?.source ?? { kind: "demo" }, onProgress);
		if (before !== null && adapter !== null) await this.takeAdapter({ model: before.runtime.model, adapter });
		return this.open();
	}

	/** Opens a model whose weights are on the GPU. */
	private openWith(parts: Pick<OpenModel, "runtime" | "textProcessor" | "license">): OpenModel {
		this.data.clear();
		const { runtime, textProcessor } = parts;
		const fingerprint = runtime.model.changes === null ? this.fingerprint : null;
		const activeAdapter = new ActiveAdapter(runtime, modelInfo(parts), fingerprint !== null, {
			drop: async () => {
				this.lab?.drop();
				await answers.drop();
			},
			pause: async (work) => {
				this.lab?.drop();
				answers.cancel();
				await answers.inTurn(work);
			},
		});
		const answers: Answers = new Answers(runtime, textProcessor, {
			layout: () => activeAdapter.layout,
			kernelsFirst: () => this.warming,
		});
		this.opened = { ...parts, answers, activeAdapter, fingerprint };
		return this.opened;
	}

	/**
	 * Makes the base with an adapter's changes the open model, or the base again. Only weights that differ are uploaded. An
	 * adapter in memory is removed.
	 */
	async switchTo(model: LoadedModel): Promise<void> {
		const { runtime, license, answers, activeAdapter } = this.open();
		const { model: before, memory, gpu } = runtime;
		if (model === before) return;
		const { sameChanges } = await import("../engine/adapters/adapter-files.ts");
		if (sameChanges(model, before)) return;
		const textProcessor = await openTextProcessorIfAny(model.folder, model.config);
		await activeAdapter.take(null);
		await answers.drop();
		const names = new Set([before, model].flatMap(({ changes }) => [...(changes?.tensors.keys() ?? [])]));
		const upload = async (to: LoadedModel) => {
			const weights = new Set(to.family.weights(to.config).map(({ name }) => name));
			for (const name of names) {
				memory.release(name);
				if (weights.has(name)) await uploadWeight(to, memory, name);
			}
		};
		try {
			await gpu.checked("loading the model", () => upload(model));
		} catch (error) {
			await upload(before);
			throw error;
		}
		this.openWith({ runtime: { ...runtime, model }, textProcessor, license });
	}

	/** Removes an adapter's changes of the base, before a run that does not continue the adapter. */
	async restoreBase(): Promise<void> {
		const { runtime, textProcessor } = this.open();
		const base = baseOf(runtime.model);
		const tokens = textProcessor?.tokenizer.vocabSize ?? 0;
		await this.switchTo(tokens > base.config.vocab_size ? await withRows(base) : base);
	}

	/** The model and the tokenizer of a run that does not continue the adapter in memory, which may have its own tokenizer. */
	async forNewRun(): Promise<{ readonly model: LoadedModel; readonly textProcessor: TextProcessor | null }> {
		const { runtime, textProcessor } = this.open();
		const { model } = runtime;
		const base = baseOf(model);
		if (base.folder === model.folder) return { model, textProcessor };
		if (this.unchanged?.changed !== model) {
			const own = openTextProcessorIfAny(base.folder, base.config).then(async (processor) => {
				const fits = (processor?.tokenizer.vocabSize ?? 0) <= base.config.vocab_size;
				return { model: fits ? base : await withRows(base), textProcessor: processor };
			});
			this.unchanged = { changed: model, own };
		}
		return this.unchanged.own;
	}

	/** Reads an adapter, with the base that its files are for. */
	async readAdapter(folder: ModelFolder, name: string): Promise<OpenedAdapter> {
		const { openAdapterFolder } = await import("../engine/adapters/adapter-files.ts");
		return openAdapterFolder(this.open().runtime.model, folder, name);
	}

	/** Makes an adapter the active one, over the base that it is for. */
	async takeAdapter({ model, adapter }: OpenedAdapter): Promise<AdapterInfo> {
		await this.switchTo(model);
		return this.open().activeAdapter.takeNew(adapter);
	}

	open(): OpenModel {
		if (this.opened === null)
			throw new TabTuneError("usage", {
				what: workerMessage("noModel"),
				next: workerMessage("noModel.next"),
			});
		return this.opened;
	}

	/** The GPU; another one after it was lost. */
	async device(): Promise<Gpu> {
		if ((await this.gpu?.catch(() => null))?.isLost) this.gpu = null;
		this.gpu ??= this.findGpu().then((gpu) => Gpu.request({ gpu }));
		try {
			return await this.gpu;
		} catch (thrown) {
			this.gpu = null;
			throw thrown;
		}
	}

	/** @throws TabTuneError "storage" where the browser stores nothing */
	runStore(): Promise<RunStore> {
		this.store ??= RunStore.open();
		this.store.catch(() => {
			this.store = null;
		});
		return this.store;
	}

	/** The adapter of a stored run, with the base that it is for. */
	async storedAdapter(id: string): Promise<OpenedAdapter> {
		return this.storedAdapters.get(this.open(), await this.runStore(), id);
	}

	/** The adapter of a stored run over the open model. @throws TabTuneError "adapter" if it is for other weights */
	async adapterOverModel(id: string): Promise<Adapter> {
		const { overSameWeights } = await import("../engine/adapters/adapter-files.ts");
		return overSameWeights(await this.storedAdapter(id), this.open().runtime.model, id);
	}

	/** Compiles kernels in the background; the run that needs them reports a failure. */
	warm(compile: () => Promise<void>): void {
		const before = this.warming;
		this.warming = Promise.resolve()
			.then(compile)
			.catch(() => undefined)
			.then(() => before);
	}

	/** Imported on demand, so that a first visit does not load the decompositions. */
	async rankLab(): Promise<RankLab> {
		const { RankLab } = await import("./rank-lab.ts");
		this.lab ??= new RankLab(
			() => this.open(),
			this.data,
			(id) => this.storedAdapter(id),
		);
		return this.lab;
	}
}

/** The base with a row for every token of its tokenizer. */
async function withRows(base: LoadedModel): Promise<LoadedModel> {
	const { withNewTokens } = await import("../engine/train/new-tokens.ts");
	const { model, warnings } = await withNewTokens(base, []);
	return { ...model, warnings: [...base.warnings, ...warnings] };
}
