// A small graph around one node of a plan, with the same shaders and seeded inputs, for the self-test of a device.
import { roundBf16 } from "../../executor/compare.ts";
import { bufferKey, elements, type Graph, type Node, type TensorId, type TensorSpec } from "../../graph/ir.ts";
import { opOf, type TogetherAttrs } from "../../graph/ops/index.ts";
import { updatedBy } from "../../graph/passes/draft.ts";
import type { AdamwSettings } from "../../kernels/adamw.ts";
import type { StepScalars } from "../../kernels/step.ts";
import { GGUF_BLOCK_FORMATS } from "../../kernels/weight-format.ts";
import { randomBlocks } from "./random-blocks.ts";

export interface Miniature {
	/** The last node is the one under test; the nodes before it copy its inputs to activations. */
	readonly graph: Graph;
	/** By buffer key. */
	readonly values: Readonly<Record<string, ArrayLike<number>>>;
	/** Words of weights in blocks of GGUF files. */
	readonly encoded: Readonly<Record<string, Uint32Array>>;
	readonly step: Partial<StepScalars>;
}

/** Ops whose indices must be consistent with those of another op, and those that only generation uses. */
const EXCLUDED: readonly string[] = ["scatterAdd", "scatterLinks", "cacheWrite", "sample"];
/** Ops that compute roots of their inputs. */
const POSITIVE: readonly string[] = ["adamw", "doraNorm", "normInto"];
/** Ops whose attributes state the number of rows. */
const FIXED_ROWS: readonly string[] = ["gatherRows", "scatterRows", "fill"];

/** Rows that are computed: more than one block of most kernels; of logits, whose rows are long, a few. */
const ROWS = 72;
const LOGITS_ROWS = 3;
/** Rows of a norm with the residual sum, whose kernel depends on their number up to this one. */
const NORM_ROWS = 512;
const TABLE_ROWS = 128;
/** Elements of a flat parameter buffer. */
const FLAT = 4096;
/** Largest number of elements of a tensor. */
const MOST_ELEMENTS = 2 ** 22;

/** A smaller side of a product with the same remainders: kernels distinguish multiples of powers of two up to 64. */
const smaller = (size: number): number => (size <= 320 ? size : 256 + (size % 64));

/** The op of a node, or of the nodes that were merged into it. */
const memberOp = ({ op, attrs }: Node): string => (op === "together" ? (attrs as TogetherAttrs).members[0].op : op);

/** @returns null for a node that cannot be computed alone or is too large */
export function miniature(graph: Graph, node: Node): Miniature | null {
	const op = memberOp(node);
	if (EXCLUDED.includes(op)) return null;
	const used = [...new Set([...node.inputs, ...node.outputs])].map((id) => graph.tensors[id]);
	const attrs = op === "adamw" ? withSmallGroups(node.attrs as AdamwSettings) : node.attrs;
	const shapes = new Map(used.map((spec) => [spec.id, smallShape(op, spec)]));
	if (op === "sumSquares") {
		const inputs = node.inputs.map((id) => ({ ...graph.tensors[id], shape: shapes.get(id) ?? [] }));
		shapes.set(node.outputs[0], opOf(op).infer(attrs, inputs)[0].shape);
	}
	const tensors: TensorSpec[] = [];
	const add = (spec: Omit<TensorSpec, "id">): TensorSpec => {
		const made = { ...spec, id: tensors.length };
		tensors.push(made);
		return made;
	};
	const made = new Map<TensorId, TensorSpec>();
	const ends = new Map<string, number>(); // of flat buffers, in elements
	// Tensors of one buffer stay in one buffer, in their order.
	for (const { id, view, ...spec } of used.toSorted((a, b) => (a.view?.offset ?? 0) - (b.view?.offset ?? 0))) {
		const shape = shapes.get(id) ?? spec.shape;
		if (elements(shape) > MOST_ELEMENTS) return null;
		if (view === undefined) made.set(id, add({ ...spec, shape }));
		else {
			const offset = ends.get(view.buffer) ?? 0;
			ends.set(view.buffer, offset + Math.ceil(elements(shape) / 64) * 64);
			made.set(id, add({ ...spec, shape, view: { ...view, offset } }));
		}
	}
	const idOf = (id: TensorId) => made.get(id)?.id ?? -1;
	const moved = (one: Node): Node => ({ ...one, inputs: one.inputs.map(idOf), outputs: one.outputs.map(idOf) });
	const copies = [...new Set([...node.inputs, ...updatedBy(node)])].flatMap((id): Node[] => {
		const to = tensors[idOf(id)];
		if (to.role !== "activation") return [];
		const { view: _view, ...plain } = to;
		const from = add({ ...plain, name: `given ${to.id}`, role: "input" });
		return [{ op: "copy", name: from.name, inputs: [from.id], outputs: [to.id], attrs: null }];
	});
	const tested = moved({ ...node, attrs });
	const last =
		node.op !== "together"
			? tested
			: {
					...tested,
					attrs: {
						...(node.attrs as TogetherAttrs),
						members: (node.attrs as TogetherAttrs).members.map(moved),
					} satisfies TogetherAttrs,
				};
	return {
		graph: { tensors, nodes: [...copies, last], results: [] },
		...valuesOf(op, tensors, ends),
		step: stepOf(op, tensors),
	};
}

function smallShape(op: string, { name, shape, dtype, live }: TensorSpec): readonly number[] {
	const [first, ...rest] = shape;
	if (FIXED_ROWS.includes(op) || op.startsWith("multiLora")) return shape;
	if (op === "crossEntropy") return dtype === "u32" ? shape : [Math.min(first, LOGITS_ROWS), ...rest];
	if (op === "adamw" || op === "sumSquares") return [Math.min(first, FLAT)];
	if (op === "normSum" || op === "normGradientSum")
		return live === undefined ? shape : [Math.min(first, NORM_ROWS), ...rest];
	if (live !== undefined) return [Math.min(first, ROWS), ...(op === "matmul" ? rest.map(smaller) : rest)];
	if (op === "matmul") return shape.map(smaller);
	if (op === "rowSquares") return [Math.min(first, ROWS), ...rest];
	const table = (op === "embed" && rest.length > 0) || /\.(cos|sin)$/.test(name);
	return table ? [Math.min(first, TABLE_ROWS), ...rest] : shape;
}

function withSmallGroups(settings: AdamwSettings): AdamwSettings {
	const count = settings.groups.length;
	const size = Math.floor(FLAT / count / 64) * 64;
	return {
		...settings,
		groups: settings.groups.map((group, i) => ({ ...group, offset: i * size, size: Math.min(group.size, size) })),
	};
}

function valuesOf(op: string, tensors: readonly TensorSpec[], ends: ReadonlyMap<string, number>) {
	const values: Record<string, ArrayLike<number>> = {};
	const encoded: Record<string, Uint32Array> = {};
	const rows = Math.min(ROWS, ...tensors.filter(({ shape }) => shape.length > 1).map(({ shape }) => shape[0]));
	for (const spec of tensors) {
		if (spec.role === "activation") continue;
		const key = bufferKey(spec);
		const count = ends.get(key) ?? elements(spec.shape);
		const blocks = GGUF_BLOCK_FORMATS.find((format) => format === spec.dtype);
		if (spec.dtype === "u32") values[key] = indices(spec, rows);
		else if (blocks !== undefined) {
			const random = randomBlocks(blocks, count);
			encoded[key] = random.words;
			values[key] = random.values;
		} else {
			const numbers = floats(count, spec.id + 1, POSITIVE.includes(op));
			values[key] = spec.dtype === "bf16" ? roundBf16(numbers) : numbers;
		}
	}
	return { values, encoded };
}

/** Indices that are valid for any op, of rows, of positions, of tokens: below `rows`. Each token attends to all before it. */
function indices({ name, shape: [count], live }: TensorSpec, rows: number): Uint32Array {
	const of = (index: (i: number) => number) => Uint32Array.from({ length: count }, (_, i) => index(i));
	if (name.endsWith("kv_start")) return of(() => 0);
	if (name.endsWith("q_end")) return of(() => Math.min(count, live === undefined ? count : ROWS));
	if (name.endsWith("virtual")) return of((i) => i % 2);
	return of((i) => i % rows);
}

/** Seeded numbers in [-1, 1), or in (0, 1]. */
function floats(count: number, seed: number, positive: boolean): Float32Array {
	const numbers = new Float32Array(count);
	let state = Math.imul(seed, 0x9e3779b1) >>> 0;
	for (let i = 0; i < count; i++) {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		numbers[i] = positive ? ((state >>> 8) + 1) / 2 ** 24 : (state >>> 8) / 2 ** 23 - 1;
	}
	return numbers;
}

function stepOf(op: string, tensors: readonly TensorSpec[]): Partial<StepScalars> {
	const rows = op === "crossEntropy" ? LOGITS_ROWS : ROWS;
	const bounded = (axis: "tokens" | "targets" | "slot") => tensors.filter(({ live }) => live?.axis === axis);
	const live = (axis: "tokens" | "targets") =>
		rows + Math.max(0, ...bounded(axis).map((spec) => spec.live?.offset ?? 0));
	const ofSlot = Math.min(ROWS, ...bounded("slot").map(({ shape }) => shape[0]));
	return {
		live_tokens: op.startsWith("multiLora") ? Math.max(...tensors.map(({ shape }) => shape[0])) : live("tokens"),
		live_targets: live("targets"),
		slot_tokens: ofSlot,
		slot_targets: 1,
		seed: 3,
		loss_scale: 0.5,
		learning_rate: 1e-3,
		bias_correction1: 0.5,
		bias_correction2: 0.5,
		adapter_strength: 0.75,
	};
}
