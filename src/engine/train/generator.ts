// Generates text with a loaded model: prefills the prompt in chunks, then decodes token by token with a KV cache, sampling
// on the GPU. One generator serves base and tuned answers, because the adapter strength is an argument of each call.

import { TabTuneError } from "../../shared/errors.ts";
import { trainMessage } from "../../shared/messages/index.ts";
import type { AdapterLayout } from "../adapters/adapter.ts";
import { layoutAt, virtualTokensAt } from "../adapters/layout.ts";
import type { Plan } from "../executor/plan.ts";
import type { TensorSpec } from "../graph/ir.ts";
import { cacheNames, generationGraph, type InputPrefix, TOKEN_INPUTS } from "./graphs.ts";
import { compilePlan, type ModelRuntime } from "./runtime.ts";
import { requireRows } from "./text-processor.ts";

/** Prompt tokens per pass. */
const PROMPT_CHUNK = 64;

export interface Sampling {
	readonly max_new_tokens: number;
	readonly temperature: number; // 0: greedy
	readonly top_p: number;
	readonly top_k: number; // 0: off
	readonly seed: number;
	/** Scales the adapter; 0 is the base. */
	readonly adapterStrength: number;
}

export interface Generated {
	readonly output_ids: number[];
	readonly stopped: "eos" | "length" | "cancelled";
}

interface Pass {
	readonly plan: Plan;
	readonly next: TensorSpec;
	readonly tokens: number;
	readonly prefix: InputPrefix;
}

/** The input at a position: a token, or a virtual token (data/batch.ts). */
interface Place {
	readonly id: number;
	readonly virtual: number;
}

const token = (id: number): Place => ({ id, virtual: 0 });

/** The prefill and decode passes. */
interface Passes {
	readonly prompt: Pass;
	readonly decode: Pass;
}

export class Generator {
	/** Passes of the base without the adapter, for adapters that strength 0 does not disable; created on demand. */
	private bare: Passes | null = null;

	private constructor(
		private readonly runtime: ModelRuntime,
		private readonly adapter: AdapterLayout | null,
		private readonly tuned: Passes,
		/** Capacity of the KV cache in positions, including virtual tokens. */
		readonly cacheLength: number,
	) {}

	/** Compiles both passes. With an adapter, its flat parameters must be in "params". */
	static async create(runtime: ModelRuntime, adapter: AdapterLayout | null, cacheLength: number): Promise<Generator> {
		return new Generator(runtime, adapter, await passesOf(runtime, adapter, cacheLength), cacheLength);
	}

	/**
	 * Generates a continuation of `input_ids`.
	 * @param eos ids that end the text; not part of the output.
	 * @param onToken called with each new id; return false to stop.
	 * @throws TabTuneError "usage" if the prompt is empty or too long.
	 */
	async generate(
		input_ids: readonly number[],
		sampling: Sampling,
		eos: readonly number[],
		onToken: (id: number) => boolean,
	): Promise<Generated> {
		if (input_ids.length === 0)
			throw new TabTuneError("usage", {
				what: trainMessage("emptyPrompt"),
				where: "prompt",
				next: trainMessage("emptyPrompt.next"),
			});
		requireRows(input_ids, this.runtime.model.config);
		const { adapterStrength } = sampling;
		const { prompt, decode } = await this.passesAt(adapterStrength);
		const virtual = virtualTokensAt(this.adapter, adapterStrength);
		if (virtual + input_ids.length >= this.cacheLength) throw tooLong(input_ids.length, virtual, this.cacheLength);
		const places = [...Array.from({ length: virtual }, (_, i) => ({ id: 0, virtual: i + 1 })), ...input_ids.map(token)];
		const output_ids: number[] = [];
		let next = 0;
		for (let at = 0; at < places.length; at += PROMPT_CHUNK) {
			next = await this.pass(prompt, places.slice(at, at + PROMPT_CHUNK), at, sampling, 0);
		}
		for (let count = 1; ; count++) {
			if (eos.includes(next)) return { output_ids, stopped: "eos" };
			output_ids.push(next);
			if (!onToken(next)) return { output_ids, stopped: "cancelled" };
			const position = places.length + count - 1;
			if (count >= sampling.max_new_tokens || position >= this.cacheLength) return { output_ids, stopped: "length" };
			next = await this.pass(decode, [token(next)], position, sampling, count);
		}
	}

	private async passesAt(strength: number): Promise<Passes> {
		if (layoutAt(this.adapter, strength) === this.adapter) return this.tuned;
		this.bare ??= await passesOf(this.runtime, null, this.cacheLength);
		return this.bare;
	}

	release(): void {
		for (const { prompt, decode } of [this.tuned, ...(this.bare === null ? [] : [this.bare])]) {
			for (const { plan, prefix } of [prompt, decode]) {
				plan.destroy();
				for (const name of [...TOKEN_INPUTS, "target_rows"]) this.runtime.memory.release(prefix + name);
			}
		}
		for (const name of cacheNames(this.runtime.model)) this.runtime.memory.release(name);
	}

	/** Runs new positions from `position`. @returns the id sampled after the last one */
	private async pass(
		{ plan, next, prefix }: Pass,
		places: readonly Place[],
		position: number,
		sampling: Sampling,
		count: number,
	): Promise<number> {
		const { memory } = this.runtime;
		const positions = Uint32Array.from(places, (_, i) => position + i);
		memory.upload(
			`${prefix}ids`,
			Uint32Array.from(places, ({ id }) => id),
		);
		const virtual = `${prefix}virtual`;
		if (memory.has(virtual))
			memory.upload(
				virtual,
				Uint32Array.from(places, (place) => place.virtual),
			);
		memory.upload(`${prefix}positions`, positions);
		memory.upload(`${prefix}kv_last`, positions);
		memory.upload(`${prefix}target_rows`, Uint32Array.of(places.length - 1));
		plan.enqueue({
			live_tokens: places.length,
			live_targets: 1,
			...samplingScalars(sampling, count),
		});
		const [id] = await plan.readWords(next.id, 1);
		return id;
	}
}

/** Sampling parameters of a pass that samples token number `count`. */
export function samplingScalars({ adapterStrength, seed, temperature, top_p, top_k }: Sampling, count: number) {
	return { step: count, seed, adapter_strength: adapterStrength, temperature, top_p, top_k };
}

async function passesOf(runtime: ModelRuntime, adapter: AdapterLayout | null, cacheLength: number): Promise<Passes> {
	const pass = async (tokens: number, prefix: InputPrefix): Promise<Pass> => {
		const { graph, next } = generationGraph(runtime.model, adapter, tokens, cacheLength, prefix);
		return { plan: await compilePlan(runtime, graph), next, tokens, prefix };
	};
	const [prompt, decode] = await Promise.all([pass(PROMPT_CHUNK, "prompt."), pass(1, "next.")]);
	return { prompt, decode };
}

function tooLong(tokens: number, virtual: number, room: number): TabTuneError {
	return new TabTuneError("usage", {
		what:
			virtual === 0
				? trainMessage("promptLength", { tokens, most: room })
				: trainMessage("promptLengthVirtual", { tokens, virtual, most: room }),
		where: "prompt",
		next: virtual === 0 ? trainMessage("promptLength.next") : trainMessage("promptLengthVirtual.next"),
	});
}
