// Builds the graphs of a run from a model and an adapter: one micro-batch forward and backward, the update, the evaluation,
// and the hidden states for logits and generation. They share weights and states by name.
import type { AdapterLayout } from "../adapters/adapter.ts";
import { withAdapter } from "../adapters/layout.ts";
import { declareGradient, declareTrainable, type ParamGroup } from "../adapters/trainable.ts";
import { differentiate } from "../graph/autodiff.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph, TensorSpec } from "../graph/ir.ts";
import { languageModelLoss, type Trainables } from "../graph/loss.ts";
import { adamw, cacheWrite, copy, gatherRows, gradNorm, sample } from "../graph/ops/index.ts";
import { recompute } from "../graph/passes/recompute.ts";
import { simplify } from "../graph/passes/simplify.ts";
import type { ForwardHooks, KeyValues, TokenInputs } from "../models/family.ts";
import { frozenHooks } from "../models/frozen.ts";
import type { ModelShape } from "../models/load.ts";

/** Metrics of a step, on the GPU: [summed token loss, gradient norm, -, -]. */
export const METRICS = { name: "metrics", lossSum: 0, gradNorm: 1, size: 4 } as const;

/** Prefix of the input names of a plan, so that plans of different sizes do not share buffers. */
export type InputPrefix = "batch." | "text." | "prompt." | "next." | "race." | "slots.prompt." | "slots.next.";

/** Inputs along the token axis, without the prefix; "virtual" only if the adapter has virtual tokens. */
export const TOKEN_INPUTS = ["ids", "positions", "kv_start", "kv_last", "q_end", "virtual"] as const;

const TOKENS = { axis: "tokens", offset: 0 } as const;

export interface BatchCapacity {
	readonly tokens: number; // rows of the token axis
	readonly targets: number; // rows of the loss
}

export interface AdamSettings {
	readonly adam_beta1: number;
	readonly adam_beta2: number;
	readonly adam_epsilon: number;
	readonly weight_decay: number;
	readonly max_grad_norm: number;
}

/** Forward, loss and backward of one micro-batch; accumulates into "grads" and metrics[lossSum]. */
export function trainingGraph(
	model: ModelShape,
	adapter: AdapterLayout,
	capacity: BatchCapacity,
	checkpointLayers: boolean,
): Graph {
	const builder = new GraphBuilder();
	const hooks = withAdapter(frozenHooks(model), adapter, true);
	const trainables: Trainables = {
		wrt: adapter.tensors.map((tensor) => declareTrainable(builder, tensor)),
		gradientOf: (trainable) => declareGradient(builder, trainable),
	};
	const hidden = forward(builder, model, hooks, tokenInputs(builder, adapter, "batch.", capacity.tokens));
	const gradient = loss(
		builder,
		model,
		hooks,
		hidden,
		capacity,
		declareOwn(builder, METRICS.name, METRICS.size),
		trainables,
	);
	if (gradient === undefined) throw new Error("the loss made no gradient");
	differentiate(builder, new Map([[hidden.id, gradient]]), trainables.wrt, trainables.gradientOf);
	const graph = builder.build();
	// Recomputation comes first: an in-place sum would overwrite the input that a layer is recomputed from.
	return simplify(checkpointLayers ? recompute(graph, layerPrefixes(model)) : graph);
}

/** Adds the summed loss of one micro-batch to metrics[lossSum]. */
export function evaluationGraph(model: ModelShape, adapter: AdapterLayout | null, capacity: BatchCapacity): Graph {
	const builder = new GraphBuilder();
	const hooks = withAdapter(frozenHooks(model), adapter, false);
	const hidden = forward(builder, model, hooks, tokenInputs(builder, adapter, "batch.", capacity.tokens));
	loss(builder, model, hooks, hidden, capacity, declareOwn(builder, METRICS.name, METRICS.size), null);
	return simplify(builder.build());
}

/** Location of a flat buffer or of the metrics of a run; by default a buffer of that name. */
export type DeclareState = (builder: GraphBuilder, name: string, size: number) => TensorSpec;
const declareOwn: DeclareState = (builder, name, size) => builder.declare("state", name, [size], "f32");

/**
 * Gradient norm, clipping and AdamW on the flat buffers, group by group; changes nothing if the loss or the
 * norm is not finite.
 */
export function updateGraph(
	{ size, groups }: { readonly size: number; readonly groups: readonly ParamGroup[] },
	settings: AdamSettings,
	declareState: DeclareState = declareOwn,
): Graph {
	const builder = new GraphBuilder();
	const flat = (name: string) => declareState(builder, name, size);
	const metrics = declareState(builder, METRICS.name, METRICS.size);
	const grads = flat("grads");
	gradNorm(builder, "grad_norm", grads, metrics);
	adamw(
		builder,
		"adamw",
		{ params: flat("params"), grads, exp_avg: flat("exp_avg"), exp_avg_sq: flat("exp_avg_sq"), metrics },
		{
			beta1: settings.adam_beta1,
			beta2: settings.adam_beta2,
			eps: settings.adam_epsilon,
			weight_decay: settings.weight_decay,
			max_grad_norm: settings.max_grad_norm,
			groups,
		},
	);
	return builder.build();
}

/** Computes the final hidden states of a text as a result; `headGraph` turns chunks of them into logits. */
export function hiddenGraph(
	model: ModelShape,
	adapter: AdapterLayout | null,
	tokens: number,
): { graph: Graph; hidden: TensorSpec } {
	const builder = new GraphBuilder();
	const hooks = withAdapter(frozenHooks(model), adapter, false);
	const hidden = forward(builder, model, hooks, tokenInputs(builder, adapter, "text.", tokens));
	const kept = builder.declare("state", "hidden", hidden.shape, "f32", { live: TOKENS });
	copy.into(builder, "hidden", [hidden], [kept]);
	return { graph: simplify(builder.build()), hidden: kept };
}

/** Logits of the rows listed in "target_rows" of the kept hidden states. logits: [rows, vocab] */
export function headGraph(
	model: ModelShape,
	adapter: AdapterLayout | null,
	tokens: number,
	rows: number,
): { graph: Graph; logits: TensorSpec } {
	const builder = new GraphBuilder();
	const hooks = withAdapter(frozenHooks(model), adapter, false);
	const hidden = builder.declare("state", "hidden", [tokens, model.config.hidden_size], "f32", { live: TOKENS });
	const logits = builder.result(head(builder, model, hooks, hidden, "text.", rows));
	return { graph: builder.build(), logits };
}

/** One generation pass over `tokens` new tokens: fills the KV cache of `cache` positions and samples after the row in "target_rows". */
export function generationGraph(
	model: ModelShape,
	adapter: AdapterLayout | null,
	tokens: number,
	cache: number,
	prefix: InputPrefix,
): { graph: Graph; next: TensorSpec } {
	const builder = new GraphBuilder();
	const inputs = tokenInputs(builder, adapter, prefix, tokens, cache);
	const width = model.config.num_key_value_heads * model.config.head_dim;
	const keyValues: KeyValues = (layer, keys, values) => {
		const write = (kind: string, x: TensorSpec) => {
			const state = builder.declare("state", `cache.${layer}.${kind}`, [cache, width], "f32");
			cacheWrite(builder, state.name, x, inputs.positions, state);
			return state;
		};
		return { keys: write("keys", keys), values: write("values", values) };
	};
	const hooks = withAdapter(frozenHooks(model), adapter, false);
	const hidden = forward(builder, model, hooks, inputs, keyValues);
	const logits = head(builder, model, hooks, hidden, prefix, 1);
	const next = builder.result(sample(builder, "sample", [logits]));
	return { graph: simplify(builder.build()), next };
}

/** Names of the KV cache states of `generationGraph`, to release them. */
export function cacheNames(model: ModelShape): string[] {
	return Array.from({ length: model.config.num_hidden_layers }, (_, layer) => [
		`cache.${layer}.keys`,
		`cache.${layer}.values`,
	]).flat();
}

export function tokenInputs(
	builder: GraphBuilder,
	adapter: AdapterLayout | null,
	prefix: InputPrefix,
	tokens: number,
	keys = tokens,
): TokenInputs {
	const input = (name: string, size: number) =>
		builder.declare("input", prefix + name, [size], "u32", { live: TOKENS });
	return {
		ids: input("ids", tokens),
		positions: input("positions", tokens),
		kvStart: input("kv_start", tokens),
		kvLast: input("kv_last", tokens),
		queryEnd: input("q_end", keys),
		...((adapter?.virtualTokens ?? 0) > 0 ? { virtual: input("virtual", tokens) } : {}),
	};
}

export function forward(
	builder: GraphBuilder,
	model: ModelShape,
	hooks: ForwardHooks,
	inputs: TokenInputs,
	keyValues: KeyValues = (_layer, keys, values) => ({ keys, values }),
): TensorSpec {
	return model.family.forward({ builder, config: model.config, inputs, hooks, keyValues });
}

/** logits: [rows, vocab] of the hidden rows listed in "target_rows" */
export function head(
	builder: GraphBuilder,
	model: ModelShape,
	hooks: ForwardHooks,
	hidden: TensorSpec,
	prefix: InputPrefix,
	rows: number,
): TensorSpec {
	const list = builder.declare("input", `${prefix}target_rows`, [rows], "u32");
	const picked = gatherRows(builder, "picked", [hidden, list], { offset: 0, count: rows });
	return hooks.linear(builder, model.family.head(model.config), picked);
}

export function loss(
	builder: GraphBuilder,
	model: ModelShape,
	hooks: ForwardHooks,
	hidden: TensorSpec,
	capacity: BatchCapacity,
	lossSum: TensorSpec | readonly TensorSpec[],
	gradient: Trainables | null,
	prefix: InputPrefix = "batch.",
): TensorSpec | undefined {
	const target = (name: string) =>
		builder.declare("input", prefix + name, [capacity.targets], "u32", { live: { axis: "targets", offset: 0 } });
	const module = model.family.head(model.config);
	return languageModelLoss(builder, {
		hidden,
		vocabulary: module.out,
		head: (rows) => hooks.linear(builder, module, rows),
		targetRows: target("target_rows"),
		targetIds: target("target_ids"),
		lossSum,
		gradient,
	});
}

export function layerPrefixes(model: ModelShape): string[] {
	return Array.from({ length: model.config.num_hidden_layers }, (_, layer) => `${model.family.layers}.${layer}.`);
}
