// Runs a graph on the GPU and on the reference executor and reports the first node that differs. Used by every GPU test and
// by the self-test on the user's device.
import type { Gpu } from "../device/gpu.ts";
import { bufferKey, elements, type Graph, type TensorSpec } from "../graph/ir.ts";
import type { Values } from "../graph/op.ts";
import { type Precision, ReferenceMemory, runReference } from "../graph/reference.ts";
import { Pipelines } from "../kernels/pipelines.ts";
import { dequantise, quantise } from "../kernels/quantise.ts";
import { liveRows, NEUTRAL_STEP, type StepScalars } from "../kernels/step.ts";
import type { Tuning } from "../kernels/tuning.ts";
import { isQuantisedFormat } from "../kernels/weight-format.ts";
import { GpuMemory } from "./memory.ts";
import { Plan } from "./plan.ts";

export interface Difference {
	readonly node: string;
	readonly op: string;
	readonly tensor: string;
	readonly index: number;
	readonly gpu: number;
	readonly reference: number;
	/** Largest |gpu - reference| over the tensor, divided by the largest |reference| in it. */
	readonly relative: number;
}

export interface CompareOptions {
	readonly gpu: Gpu;
	/** Compiled kernels of the device; new ones by default. */
	readonly pipelines?: Pipelines;
	readonly tuning: Tuning;
	/** Values of every persistent tensor by buffer key. bf16 weights are rounded floats; quantised weights are quantised here. */
	readonly values: Readonly<Record<string, ArrayLike<number>>>;
	/** Words of weights in the format of a file; `values` contains their decoded numbers. */
	readonly encoded?: Readonly<Record<string, Uint32Array>>;
	readonly step?: Partial<StepScalars>;
	readonly tolerance?: number; // on `relative`, default 2e-5
	readonly precision?: Precision;
}

/** The error of a tensor that was compared: `relative` as in Difference. */
export interface Comparison {
	readonly op: string;
	readonly relative: number;
	readonly tolerance: number;
}

let onComparison: (comparison: Comparison) => void = () => undefined;

/** Reports the error of every tensor that is compared from now on, for the report of a bench. */
export function observeComparisons(listener: (comparison: Comparison) => void): void {
	onComparison = listener;
}

/** Returns the node outputs that differ by more than the tolerance, in node order. Rows past the live ones are not compared. */
export async function compareExecutors(graph: Graph, options: CompareOptions): Promise<Difference[]> {
	const { gpu, pipelines = new Pipelines(gpu), tuning, tolerance = 2e-5 } = options;
	const step = { ...NEUTRAL_STEP, ...options.step };
	const reference = new ReferenceMemory(options.precision ?? "float64");
	const memory = new GpuMemory(gpu);
	const differences: Difference[] = [];
	// Every output is a result here, so nothing is overwritten before it is read.
	const all: Graph = { ...graph, results: graph.tensors.filter((t) => t.role === "activation").map((t) => t.id) };
	let plan: Plan | null = null;
	try {
		for (const [name, values] of Object.entries(options.values)) {
			const spec = graph.tensors.find((t) => bufferKey(t) === name);
			const dtype = spec?.view === undefined ? (spec?.dtype ?? "f32") : "f32";
			if (spec !== undefined && isQuantisedFormat(dtype)) {
				// The reference executor uses the values that the kernels decode.
				const [rows, width] = spec.shape;
				const words = quantise(dtype, Float32Array.from(values), rows, width);
				reference.set(name, dequantise(dtype, words, rows, width));
				memory.upload(name, words);
				continue;
			}
			reference.set(name, values, dtype === "u32" ? "u32" : "real");
			if (options.encoded?.[name] !== undefined) memory.upload(name, options.encoded[name]);
			else
				memory.upload(
					name,
					dtype === "u32" ? Uint32Array.from(values) : dtype === "bf16" ? packBf16(values) : Float32Array.from(values),
				);
		}
		plan = await Plan.compile(all, memory, pipelines, tuning);
		const snapshots: { nodeIndex: number; outputs: Values[] }[] = [];
		runReference(all, reference, step, (nodeIndex, outputs) =>
			snapshots.push({ nodeIndex, outputs: outputs.map((v) => v.slice()) }),
		);
		await plan.run(step);
		const lastWriter = new Map<number, number>();
		all.nodes.forEach((node, i) => {
			for (const id of node.outputs) lastWriter.set(id, i);
		});
		for (const { nodeIndex, outputs } of snapshots) {
			const node = all.nodes[nodeIndex];
			for (const [o, id] of node.outputs.entries()) {
				if (lastWriter.get(id) !== nodeIndex) continue; // a later node adds to it and is compared instead
				const spec = all.tensors[id];
				const found = spec.dtype === "u32" ? await plan.readWords(id) : await plan.read(id);
				const worst = worstOf(spec, found, outputs[o], step);
				if (worst !== null) onComparison({ op: node.op, relative: worst.relative, tolerance });
				if (worst !== null && !(worst.relative <= tolerance))
					differences.push({ node: node.name, op: node.op, tensor: spec.name, ...worst });
			}
		}
	} finally {
		plan?.destroy();
		memory.releaseAll();
	}
	return differences;
}

function worstOf(
	spec: TensorSpec,
	gpu: Values,
	reference: Values,
	step: StepScalars,
): Pick<Difference, "index" | "gpu" | "reference" | "relative"> | null {
	const rows = spec.shape[0] ?? 1;
	const n = liveRows(rows, spec.live, step) * elements(spec.shape.slice(1));
	let scale = 0;
	for (let i = 0; i < n; i++) scale = Math.max(scale, Math.abs(reference[i]));
	let worst = -1;
	let index = -1;
	for (let i = 0; i < n; i++) {
		const difference = gpu[i] === reference[i] ? 0 : Math.abs(gpu[i] - reference[i]);
		if (Number.isNaN(difference) || difference > worst) {
			worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
			index = i;
		}
	}
	if (index < 0) return null;
	return { index, gpu: gpu[index], reference: reference[index], relative: worst / Math.max(scale, 1e-30) };
}

/** Rounds floats to bf16 (nearest, ties to even) and packs pairs into u32, low half first. */
export function packBf16(values: ArrayLike<number>): Uint32Array {
	const words = new Uint32Array(Math.ceil(values.length / 2));
	const floats = Float32Array.from(values);
	const bits = new Uint32Array(floats.buffer);
	for (let i = 0; i < bits.length; i++) {
		const rounded = (bits[i] + 0x7fff + ((bits[i] >>> 16) & 1)) >>> 16;
		words[i >> 1] |= (i & 1 ? rounded << 16 : rounded) >>> 0;
	}
	return words;
}

/** Rounds floats to bf16, for tests that give both executors the same weights. */
export function roundBf16(values: ArrayLike<number>): Float32Array {
	const words = packBf16(values);
	return Float32Array.from({ length: values.length }, (_, i) => {
		const half = i & 1 ? words[i >> 1] >>> 16 : words[i >> 1] & 0xffff;
		return new Float32Array(Uint32Array.of(half << 16).buffer)[0];
	});
}
