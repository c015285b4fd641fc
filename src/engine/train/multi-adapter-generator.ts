// Generates several answers to one prompt at once: each adapter slot has its own adapter, or none, and its own KV cache,
// and the base's products run once for the rows of all slots. A slot generates the same text as alone (generator.ts).

import { TabTuneError } from "../../shared/errors.ts";
import { studyMessage, trainMessage } from "../../shared/messages/index.ts";
import type { Adapter } from "../adapters/adapter.ts";
import { MOST_SLOTS, slotsOf, withSlots } from "../adapters/adapter-slots.ts";
import type { Plan } from "../executor/plan.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph, TensorSpec } from "../graph/ir.ts";
import { cacheWrite, sample } from "../graph/ops/index.ts";
import { simplify } from "../graph/passes/simplify.ts";
import type { KeyValues } from "../models/family.ts";
import { frozenHooks } from "../models/frozen.ts";
import type { ModelShape } from "../models/load.ts";
import { type Generated, type Sampling, samplingScalars } from "./generator.ts";
import { forward, head, type InputPrefix, TOKEN_INPUTS, tokenInputs } from "./graphs.ts";
import { compilePlan, type ModelRuntime } from "./runtime.ts";
import { requireRows } from "./text-processor.ts";

/** Prompt tokens of each slot per pass. */
const PROMPT_CHUNK = 32;
/** Caches are aligned to attention tiles, so that a slot's sums have the same order as without other slots. */
const CACHE_ROWS = 8;
const SLOTS = "slots.";

interface Pass {
	readonly plan: Plan;
	readonly next: TensorSpec;
	readonly prefix: InputPrefix;
}

export interface MultiAdapterOptions {
	/** The adapter of each slot; null is the base. */
	readonly slots: readonly (Pick<Adapter, "layout" | "params"> | null)[];
	/** Positions of each slot's KV cache. */
	readonly cacheLength: number;
}

export class MultiAdapterGenerator {
	private constructor(
		private readonly runtime: ModelRuntime,
		/** Position of each slot on the token axis. */
		private readonly places: readonly number[],
		private readonly prompt: Pass,
		private readonly decode: Pass,
		private readonly cacheLength: number,
	) {}

	/**
	 * Uploads the adapters into one buffer and compiles both passes.
	 * @throws TabTuneError "usage" for no slots or too many, "adapter" for an adapter that is not plain LoRA on linear modules
	 */
	static async create(
		runtime: ModelRuntime,
		{ slots, cacheLength }: MultiAdapterOptions,
	): Promise<MultiAdapterGenerator> {
		if (slots.length < 1 || slots.length > MOST_SLOTS)
			throw new TabTuneError("usage", {
				what: studyMessage("adaptersAtOnce", { count: slots.length, most: MOST_SLOTS }),
				where: "slots",
				next: studyMessage("adaptersAtOnce.next"),
			});
		const { memory, model } = runtime;
		const tuned = slots.filter((slot) => slot !== null);
		const slotted = slotsOf(
			tuned.map(({ layout }) => layout),
			SLOTS,
			slots.length - tuned.length,
		);
		const headPath = model.family.head(model.config).path;
		if (tuned.some(({ layout }) => layout.modules.some(({ module }) => module.path === headPath)))
			throw new TabTuneError("adapter", {
				what: studyMessage("headAdapter", { path: headPath }),
				where: "target_modules",
				next: studyMessage("headAdapter.next"),
			});
		const cache = Math.ceil(cacheLength / CACHE_ROWS) * CACHE_ROWS;
		// Plans bind buffers when they are compiled, so the buffer needs its final size before.
		if (slotted.size > 0) memory.reserve(`${SLOTS}params`, slotted.size * 4);
		slotted.all.forEach(({ offset }, slot) => {
			memory.upload(`${SLOTS}params`, tuned[slot].params, offset * 4, slotted.size * 4);
		});
		const pass = async (tokens: number, prefix: InputPrefix): Promise<Pass> => {
			const { graph, next } = multiAdapterGraph(model, slotted, tokens, cache, prefix);
			return { plan: await compilePlan(runtime, graph), next, prefix };
		};
		const [prompt, decode] = await Promise.all([pass(PROMPT_CHUNK, "slots.prompt."), pass(1, "slots.next.")]);
		// Slots without an adapter come last.
		let [adapter, bare] = [0, tuned.length];
		const places = slots.map((slot) => (slot === null ? bare++ : adapter++));
		return new MultiAdapterGenerator(runtime, places, prompt, decode, cache);
	}

	/**
	 * Generates a continuation of one text in every slot, each until it ends.
	 * @param onToken called with each new id of a slot; return false to stop them all
	 * @throws TabTuneError "usage" if the prompt is empty or too long
	 */
	async generate(
		input_ids: readonly number[],
		sampling: Sampling,
		eos: readonly number[],
		onToken: (slot: number, id: number) => boolean,
	): Promise<Generated[]> {
		if (input_ids.length === 0)
			throw new TabTuneError("usage", {
				what: trainMessage("emptyPrompt"),
				where: "prompt",
				next: trainMessage("emptyPrompt.next"),
			});
		if (input_ids.length >= this.cacheLength)
			throw new TabTuneError("usage", {
				what: trainMessage("promptLength", { tokens: input_ids.length, most: this.cacheLength }),
				where: "prompt",
				next: trainMessage("promptLength.next"),
			});
		requireRows(input_ids, this.runtime.model.config);
		const answers = this.places.map((): { output_ids: number[]; stopped: Generated["stopped"] | null } => ({
			output_ids: [],
			stopped: null,
		}));
		let next: readonly number[] = [];
		for (let at = 0; at < input_ids.length; at += PROMPT_CHUNK) {
			const chunk = input_ids.slice(at, at + PROMPT_CHUNK);
			next = await this.pass(
				this.prompt,
				this.places.map(() => chunk),
				at,
				sampling,
				0,
			);
		}
		for (let count = 1; ; count++) {
			const position = input_ids.length + count - 1;
			const full = count >= sampling.max_new_tokens || position >= this.cacheLength;
			let proceed = true;
			answers.forEach((one, slot) => {
				if (one.stopped !== null) return;
				if (eos.includes(next[slot])) {
					one.stopped = "eos";
					return;
				}
				one.output_ids.push(next[slot]);
				proceed = onToken(slot, next[slot]) && proceed;
				if (full) one.stopped = "length";
			});
			if (!proceed || answers.every(({ stopped }) => stopped !== null))
				return answers.map(({ output_ids, stopped }) => ({ output_ids, stopped: stopped ?? "cancelled" }));
			// A slot that has ended continues without output, so that the rows of the others stay in place.
			next = await this.pass(
				this.decode,
				next.map((id) => [id]),
				position,
				sampling,
				count,
			);
		}
	}

	release(): void {
		const { memory, model } = this.runtime;
		for (const { plan, prefix } of [this.prompt, this.decode]) {
			plan.destroy();
			for (const name of [...TOKEN_INPUTS, "slots", "target_rows"]) memory.release(prefix + name);
		}
		for (let layer = 0; layer < model.config.num_hidden_layers; layer++)
			for (const kind of ["keys", "values"]) memory.release(`${SLOTS}cache.${layer}.${kind}`);
		memory.release(`${SLOTS}params`);
	}

	/** Runs new tokens of every slot from `position`. @returns the id sampled after the last token of each slot */
	private async pass(
		{ plan, next, prefix }: Pass,
		tokens: readonly (readonly number[])[],
		position: number,
		sampling: Sampling,
		count: number,
	): Promise<number[]> {
		const { memory } = this.runtime;
		const rows = tokens[0].length;
		const slots = this.places.length;
		const column = (value: (slot: number, row: number) => number) => {
			const all = new Uint32Array(slots * rows);
			this.places.forEach((place, slot) => {
				for (let row = 0; row < rows; row++) all[place * rows + row] = value(slot, row);
			});
			return all;
		};
		const first = (slot: number) => this.places[slot] * this.cacheLength;
		const cacheRows = column((slot, row) => first(slot) + position + row);
		memory.upload(
			`${prefix}ids`,
			column((slot, row) => tokens[slot][row]),
		);
		memory.upload(
			`${prefix}positions`,
			column((_, row) => position + row),
		);
		memory.upload(`${prefix}slots`, cacheRows);
		memory.upload(`${prefix}kv_start`, column(first));
		memory.upload(`${prefix}kv_last`, cacheRows);
		memory.upload(
			`${prefix}target_rows`,
			Uint32Array.from({ length: slots }, (_, place) => (place + 1) * rows - 1),
		);
		plan.enqueue({
			live_tokens: slots * rows,
			live_targets: slots,
			slot_tokens: rows,
			...samplingScalars(sampling, count),
		});
		const ids = await plan.readWords(next.id, slots);
		return this.places.map((place) => ids[place]);
	}
}

/** One pass over `tokens` new tokens of every slot, which fills the slots' caches and samples after the last of each. */
function multiAdapterGraph(
	model: ModelShape,
	slots: ReturnType<typeof slotsOf>,
	tokens: number,
	cache: number,
	prefix: InputPrefix,
): { graph: Graph; next: TensorSpec } {
	const builder = new GraphBuilder();
	const { count } = slots;
	const inputs = tokenInputs(builder, null, prefix, count * tokens, count * cache);
	const cacheRows = builder.declare("input", `${prefix}slots`, [count * tokens], "u32", {
		live: { axis: "tokens", offset: 0 },
	});
	const width = model.config.num_key_value_heads * model.config.head_dim;
	const keyValues: KeyValues = (layer, keys, values) => {
		const write = (kind: string, x: TensorSpec) => {
			const state = builder.declare("state", `${SLOTS}cache.${layer}.${kind}`, [count * cache, width], "f32");
			cacheWrite(builder, state.name, x, cacheRows, state);
			return state;
		};
		return { keys: write("keys", keys), values: write("values", values) };
	};
	const hooks = withSlots(frozenHooks(model), slots, false);
	const hidden = forward(builder, model, hooks, inputs, keyValues);
	const logits = head(builder, model, hooks, hidden, prefix, count); // [slots, vocab]
	const next = builder.result(sample(builder, "sample", [logits]));
	return { graph: simplify(builder.build()), next };
}
