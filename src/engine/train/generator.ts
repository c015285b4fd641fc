// Writes text with a loaded model: the prompt in chunks, then token by token over a KV cache, sampling on the GPU.
// One generator serves base and tuned answers: the adapter's strength is a scalar of each call.
import type { AdapterLayout } from "../adapters/layout.ts";
import { TabTuneError } from "../errors.ts";
import type { Plan } from "../executor/plan.ts";
import type { TensorSpec } from "../graph/ir.ts";
import { cacheNames, generationGraph, type InputPrefix } from "./graphs.ts";
import { compilePlan, type Workbench } from "./workbench.ts";

/** Prompt tokens in one pass. */
const PROMPT_CHUNK = 64;

export interface Sampling {
	readonly max_new_tokens: number;
	readonly temperature: number; // 0: greedy
	readonly top_p: number;
	readonly top_k: number; // 0: off
	readonly seed: number;
	/** Multiplies the adapter: 0 is the base. */
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

export class Generator {
	private constructor(
		private readonly bench: Workbench,
		private readonly prompt: Pass,
		private readonly decode: Pass,
		/** Positions the KV cache holds. */
		readonly cacheLength: number,
	) {}

	/** Compiles both passes. With an adapter, "params" must hold its flat parameters. */
	static async create(bench: Workbench, adapter: AdapterLayout | null, cacheLength: number): Promise<Generator> {
		const pass = async (tokens: number, prefix: InputPrefix): Promise<Pass> => {
			const { graph, next } = generationGraph(bench.model, adapter, tokens, cacheLength, prefix);
			return { plan: await compilePlan(bench, graph), next, tokens, prefix };
		};
		const [prompt, decode] = await Promise.all([pass(PROMPT_CHUNK, "prompt."), pass(1, "next.")]);
		return new Generator(bench, prompt, decode, cacheLength);
	}

	/**
	 * Continues `input_ids`.
	 * @param eos ids that end the text; not part of the output.
	 * @param onToken called with each new id; return false to stop.
	 * @throws TabTuneError "usage" when the prompt is empty or does not fit.
	 */
	async generate(
		input_ids: readonly number[],
		sampling: Sampling,
		eos: readonly number[],
		onToken: (id: number) => boolean,
	): Promise<Generated> {
		if (input_ids.length === 0)
			throw new TabTuneError("usage", { what: "the prompt is empty", where: "prompt", next: "write a few words" });
		if (input_ids.length >= this.cacheLength) {
			throw new TabTuneError("usage", {
				what: `the prompt has ${input_ids.length} tokens; this model holds ${this.cacheLength}`,
				where: "prompt",
				next: "shorten the prompt",
			});
		}
		const output_ids: number[] = [];
		let next = 0;
		for (let at = 0; at < input_ids.length; at += PROMPT_CHUNK) {
			next = await this.pass(this.prompt, input_ids.slice(at, at + PROMPT_CHUNK), at, sampling, 0);
		}
		for (let count = 1; ; count++) {
			if (eos.includes(next)) return { output_ids, stopped: "eos" };
			output_ids.push(next);
			if (!onToken(next)) return { output_ids, stopped: "cancelled" };
			const position = input_ids.length + count - 1;
			if (count >= sampling.max_new_tokens || position >= this.cacheLength) return { output_ids, stopped: "length" };
			next = await this.pass(this.decode, [next], position, sampling, count);
		}
	}

	release(): void {
		for (const pass of [this.prompt, this.decode]) {
			pass.plan.destroy();
			for (const name of ["ids", "positions", "kv_start", "kv_last", "q_end", "target_rows"])
				this.bench.memory.release(pass.prefix + name);
		}
		for (const name of cacheNames(this.bench.model)) this.bench.memory.release(name);
	}

	/** Runs new tokens that start at `position`; the id sampled after the last of them. */
	private async pass(
		{ plan, next, prefix }: Pass,
		ids: readonly number[],
		position: number,
		sampling: Sampling,
		count: number,
	): Promise<number> {
		const { memory } = this.bench;
		const positions = Uint32Array.from(ids, (_, i) => position + i);
		memory.upload(`${prefix}ids`, Uint32Array.from(ids));
		memory.upload(`${prefix}positions`, positions);
		memory.upload(`${prefix}kv_last`, positions);
		memory.upload(`${prefix}target_rows`, Uint32Array.of(ids.length - 1));
		plan.enqueue({
			live_tokens: ids.length,
			live_targets: 1,
			step: count,
			seed: sampling.seed,
			adapter_strength: sampling.adapterStrength,
			temperature: sampling.temperature,
			top_p: sampling.top_p,
			top_k: sampling.top_k,
		});
		const [id] = await plan.readWords(next.id, 1);
		return id;
	}
}
