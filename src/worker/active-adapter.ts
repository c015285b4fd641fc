// The active adapter of the open model. Its parameters are here and on the GPU, so that it can be exported after the GPU was
// lost; during a run, those on the GPU are newer. It is replaced only while no answer reads it.
import type { Adapter, AdapterLayout } from "../engine/adapters/adapter.ts";
import { samePlans } from "../engine/adapters/layout.ts";
import type { AdapterInfo, ModelInfo, TrainingFacts } from "../engine/api.ts";
import { adapterFileBytes } from "../engine/train/estimate.ts";
import { type ModelRuntime, releaseAdapter, uploadAdapter } from "../engine/train/runtime.ts";
import { TabTuneError } from "../shared/errors.ts";
import { workerMessage } from "../shared/messages/index.ts";
import { carriesLink, predictLink } from "./link-prediction.ts";

/** The answers, which read the active adapter. */
interface Readers {
	/** Stops the answers and releases their plans. */
	drop(): Promise<void>;
	/** Runs `work` while no answer reads the adapter; answers being generated end first. */
	pause(work: () => Promise<void>): Promise<void>;
}

export class ActiveAdapter {
	private adapter: Adapter | null = null;
	/** Whether a run is changing the parameters on the GPU. */
	private training = false;
	/** Whether the GPU has other parameters, which answers use (show). */
	private shown = false;

	/** The weights of the run that trained the adapter, if it has a best evaluation. */
	private ends: { readonly best: Float32Array; readonly last: Float32Array } | null = null;

	/** @param linkable whether the model is one that the recipient of a link has */
	constructor(
		private readonly runtime: ModelRuntime,
		private readonly model: ModelInfo,
		private readonly linkable: boolean,
		private readonly readers: Readers,
	) {}

	get layout(): AdapterLayout | null {
		return this.adapter?.layout ?? null;
	}

	/** The adapter with its current parameters. @throws TabTuneError "usage" when there is none */
	async now(): Promise<Adapter> {
		if (this.adapter === null)
			throw new TabTuneError("usage", { what: workerMessage("noAdapter"), next: workerMessage("noAdapter.next") });
		if (this.training) this.trained(await this.runtime.memory.readFloats("params", 0, this.adapter.layout.size));
		return this.adapter;
	}

	/** Uploads truncated or blended parameters of the same layout, which answers then use; null restores the adapter's. */
	async show(params: Float32Array | null): Promise<void> {
		const { memory } = this.runtime;
		if (params !== null) memory.upload("params", params);
		else if (this.shown) memory.upload("params", (await this.now()).params);
		this.shown = params !== null;
	}

	/** A run starts to change the parameters on the GPU. */
	beginTraining(): void {
		this.training = true;
	}

	/** Replaces the parameters by newer ones of the run. */
	trained(params: Float32Array): void {
		if (this.adapter !== null) this.adapter = { ...this.adapter, params };
	}

	/** A run has ended. If the GPU is lost, the parameters stay those of the last checkpoint. */
	async endTraining(): Promise<void> {
		try {
			await this.now();
		} catch (error) {
			if (!(error instanceof TabTuneError && error.code === "device-lost")) throw error;
		} finally {
			this.training = false;
		}
	}

	/** Keeps the best and the last weights of the run that ended, between which `select` switches. */
	keepEnds(best: Float32Array, last: Float32Array): void {
		this.ends = { best, last };
	}

	/** Uses the best or the last weights of the run, if it has both. */
	async select(which: "best" | "last"): Promise<AdapterInfo> {
		const { ends } = this;
		const adapter = await this.now();
		if (ends !== null) await this.take({ ...adapter, params: ends[which], stored: null });
		this.ends = ends;
		return this.infoOf(await this.now());
	}

	/**
	 * Replaces the active adapter. If both adapters have the same plans, the plans are reused and the switch is one write;
	 * otherwise they are released.
	 */
	async take(adapter: Adapter | null): Promise<void> {
		this.ends = null;
		if (adapter !== null && this.adapter !== null && samePlans(this.adapter.layout, adapter.layout)) {
			await this.readers.pause(async () => {
				this.shown = false;
				this.adapter = adapter;
				this.runtime.memory.upload("params", adapter.params);
			});
			return;
		}
		await this.readers.drop();
		this.shown = false;
		this.adapter = adapter;
		if (adapter === null) releaseAdapter(this.runtime);
		else uploadAdapter(this.runtime, adapter);
	}

	/** Like `take`, for an adapter that is not the result of a run. */
	async takeNew(adapter: Adapter): Promise<AdapterInfo> {
		await this.take(adapter);
		return this.infoOf(adapter);
	}

	/** Stores the facts about the run that just ended, for the model card. */
	remember(facts: TrainingFacts): void {
		if (this.adapter !== null) this.adapter = { ...this.adapter, facts };
	}

	info(): AdapterInfo | null {
		return this.adapter === null ? null : this.infoOf(this.adapter);
	}

	private infoOf({ layout, config, facts, warnings = [] }: Adapter): AdapterInfo {
		const { r, lora_alpha } = layout.settings;
		return {
			name: nameOf(layout),
			r: layout.methods.includes("lora") ? r : null,
			lora_alpha,
			modules: layout.modules.length,
			trainableParameters: layout.parameters,
			adapterBytes: adapterFileBytes(layout),
			base: config?.base_model_name_or_path ?? this.runtime.model.name,
			link: this.linkable && carriesLink(layout) ? predictLink(layout) : null,
			model: this.model,
			warnings: [...warnings, ...layout.warnings],
			training: facts ?? null,
		};
	}
}

/** The base name of the adapter's files. */
function nameOf({ methods, settings: { r, num_virtual_tokens } }: AdapterLayout): string {
	const parts = methods.map((part) =>
		part === "lora" ? `lora-r${r}` : part === "prompt_tuning" ? `prompt-${num_virtual_tokens}` : part,
	);
	return parts.join("-");
}
