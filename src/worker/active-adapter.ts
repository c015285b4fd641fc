// The active adapter of the open model: its layout and history are here, its parameters on the GPU. It is replaced only
// when no answer is reading it.
import type { Adapter, AdapterLayout } from "../engine/adapters/adapter.ts";
import { samePlans } from "../engine/adapters/layout.ts";
import type { AdapterInfo, TrainingFacts } from "../engine/api.ts";
import { adapterFileBytes } from "../engine/train/estimate.ts";
import { type ModelRuntime, releaseAdapter, uploadAdapter } from "../engine/train/runtime.ts";
import { TabTuneError } from "../shared/errors.ts";
import { workerMessage } from "../shared/messages/worker.en.ts";
import { carriesLink, predictLink } from "./adapter-link.ts";

/** Who reads the adapter in memory. */
interface Readers {
	/** Ends them for good, with their plans. */
	drop(): Promise<void>;
	/** Does something while none of them reads; what they had in the making ends. */
	pause(work: () => Promise<void>): Promise<void>;
}

export class ActiveAdapter {
	private held: Adapter | null = null;
	/** The numbers of the adapter itself while others are shown in their place. */
	private own: Float32Array | null = null;

	/** @param linkable the model is one that whoever opens a link has */
	constructor(
		private readonly runtime: ModelRuntime,
		private readonly linkable: boolean,
		private readonly readers: Readers,
	) {}

	get layout(): AdapterLayout | null {
		return this.held?.layout ?? null;
	}

	/** The adapter with its numbers as they stand on the GPU. @throws TabTuneError "usage" when there is none */
	async now(): Promise<Adapter> {
		if (this.held === null)
			throw new TabTuneError("usage", { what: workerMessage("noAdapter"), next: workerMessage("noAdapter.next") });
		const params = this.own ?? (await this.runtime.memory.readFloats("params", 0, this.held.layout.size));
		return { ...this.held, params };
	}

	/** Lets answers read other numbers in the adapter's own layout, cut or blended ones; null gives it its own again. */
	async show(params: Float32Array | null): Promise<void> {
		const { memory } = this.runtime;
		if (params !== null) {
			this.own ??= (await this.now()).params;
			memory.upload("params", params);
		} else if (this.own !== null) {
			memory.upload("params", this.own);
			this.own = null;
		}
	}

	/**
	 * Makes an adapter the one in memory. Plans over the last one stay where they can answer with the new numbers: an
	 * exchange is one write then. Else they go.
	 */
	async take(adapter: Adapter | null): Promise<void> {
		if (adapter !== null && this.held !== null && samePlans(this.held.layout, adapter.layout)) {
			await this.readers.pause(async () => {
				this.own = null;
				this.held = adapter;
				this.runtime.memory.upload("params", adapter.params);
			});
			return;
		}
		await this.readers.drop();
		this.own = null;
		this.held = adapter;
		if (adapter === null) releaseAdapter(this.runtime);
		else uploadAdapter(this.runtime, adapter);
	}

	/** As `take`, for one that did not come out of a run. */
	async takeNew(adapter: Adapter): Promise<AdapterInfo> {
		await this.take(adapter);
		return this.infoOf(adapter);
	}

	/** What the run that just ended leaves to be told. */
	remember(facts: TrainingFacts): void {
		if (this.held !== null) this.held = { ...this.held, facts };
	}

	info(): AdapterInfo | null {
		return this.held === null ? null : this.infoOf(this.held);
	}

	private infoOf({ layout, config, facts }: Adapter): AdapterInfo {
		const { r, lora_alpha } = layout.settings;
		return {
			name: nameOf(layout),
			r,
			lora_alpha,
			modules: layout.modules.length,
			trainableParameters: layout.parameters,
			adapterBytes: adapterFileBytes(layout),
			base: config?.base_model_name_or_path ?? this.runtime.model.name,
			link: this.linkable && carriesLink(layout) ? predictLink(layout) : null,
			training: facts ?? null,
		};
	}
}

/** What its files are called. */
function nameOf({ methods, settings: { r, num_virtual_tokens } }: AdapterLayout): string {
	const parts = methods.map((part) =>
		part === "lora" ? `lora-r${r}` : part === "prompt_tuning" ? `prompt-${num_virtual_tokens}` : part,
	);
	return parts.join("-");
}
