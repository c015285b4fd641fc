// Compares the order in which the GPU lab ranks variants of matmul and attention with the order of their measured times on the
// device of this machine. npm run bench -- bench/gpu-lab/ranking.ts [matmul|attention] (VK_ICD_FILENAMES selects the device, BENCH_ROUNDS
// how often each variant is measured)
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Gpu } from "../../src/engine/device/gpu.ts";
import { nodeGpu } from "../../src/engine/device/node-gpu.ts";
import { ATTENTION_CANDIDATES, attentionWork } from "../../src/engine/kernels/autotune-attention.ts";
import { type KernelCall, shaderText } from "../../src/engine/kernels/kernel.ts";
import { matmulCalls } from "../../src/engine/kernels/matmul.ts";
import { Pipelines } from "../../src/engine/kernels/pipelines.ts";
import { timeInterleaved } from "../../src/engine/kernels/timing.ts";
import type { MatmulVariant } from "../../src/engine/kernels/tuning.ts";
import { hotLoop } from "./assembly.ts";
import { compileFor, missingTools } from "./compile.ts";
import { estimate, GPUS, workgroupSize } from "./estimate.ts";

interface Variant {
	readonly name: string;
	readonly calls: readonly KernelCall[];
}

const missing = missingTools();
if (missing.length > 0) throw new Error(`The GPU lab needs: ${missing.join("; ")}`);
const gpu = await Gpu.request({ gpu: await nodeGpu() });
const pipelines = new Pipelines(gpu);
const { limits } = gpu.device;

const [M, N, K] = [128, 576, 576];
const MATMUL: readonly MatmulVariant[] = [
	{ strategy: "block", rows: 8, columns: 8, unroll: 16, threads: 64, splits: 1 },
	{ strategy: "block", rows: 8, columns: 4, unroll: 16, threads: 64, splits: 4 },
	{ strategy: "block", rows: 4, columns: 4, unroll: 16, threads: 256, splits: 1 },
	{ strategy: "block", rows: 4, columns: 4, unroll: 16, threads: 64, splits: 2 },
	{ strategy: "shared", rows: 4, columns: 4, unroll: 16, threads: 256 },
	{ strategy: "shared", rows: 1, columns: 4, unroll: 16, threads: 256 },
	{ strategy: "direct", rows: 8, columns: 4, unroll: 4, threads: 64 },
	{ strategy: "direct", rows: 1, columns: 4, unroll: 4, threads: 64 },
];
const segment = { k: K, transposeA: false, transposeB: true, scale: 1, adapter: false, storageB: "bf16" } as const;
const operands = { segments: [{ a: { tensor: 0 }, b: { tensor: 1 } }], out: { tensor: 2 } };
const matmul = MATMUL.map((variant): Variant => {
	const { strategy, rows, columns, threads, splits = 1 } = variant;
	const problem = { m: M, n: N, segments: [segment], accumulate: false };
	return {
		name: `${strategy} ${rows}x${columns}, ${threads} threads, ${splits} splits`,
		calls: matmulCalls(operands, problem, { matmul: () => variant }, limits),
	};
});
const work = attentionWork(pipelines);
const attention = ATTENTION_CANDIDATES.map(
	(queries): Variant => ({ name: queries === 0 ? "threads" : `blocks of ${queries}`, calls: work.calls(queries) }),
);

console.log(
	`${gpu.info.description || gpu.info.vendor}: measured, and estimated for ${Object.keys(GPUS).join(", ")}, ms`,
);
const [, , , only] = process.argv;
if (only !== "attention")
	await compare(`matmul [${M}, ${K}] x [${K}, ${N}], bf16 weights`, matmul, [M * K * 4, N * K * 2, M * N * 4]);
if (only !== "matmul") await compare("attention and its gradients, 512 tokens, 9 heads", attention, work.buffers);
gpu.destroy();

async function compare(title: string, variants: readonly Variant[], sizes: readonly number[]): Promise<void> {
	const buffers = sizes.map((bytes) => gpu.storage("ranking", bytes));
	const timings = await timeInterleaved(pipelines, buffers, variants, {
		rounds: 5,
		batchMilliseconds: 200,
		step: work.step,
	});
	for (const buffer of buffers) gpu.destroyBuffer(buffer);
	const measured = timings.map(({ milliseconds }) => milliseconds);
	const estimated = Object.keys(GPUS).map((family) => variants.map(({ calls }) => estimateOf(family, calls, sizes)));
	console.log(`\n${title}`);
	for (const [i, { name }] of variants.entries())
		console.log([name.padEnd(36), ...[measured, ...estimated].map((row) => row[i].toFixed(3).padStart(9))].join(" "));
	const correlations = estimated.map((row) => spearman(row, measured).toFixed(2).padStart(9));
	console.log([`${"rank correlation with the measured".padEnd(36)} ${" ".repeat(9)}`, ...correlations].join(" "));
}

function estimateOf(family: string, calls: readonly KernelCall[], sizes: readonly number[]): number {
	const texts = calls.map(({ kernel, constants }) => shaderText(kernel, constants));
	const compiled = compileFor(family, texts, join(tmpdir(), "tabtune-gpu-lab"));
	return calls.reduce((sum, { kernel, workgroups, flops, bindings }, i) => {
		const bytes = bindings.reduce((all, { tensor }) => all + sizes[tensor], 0);
		const call = { text: i, kernel: kernel.name, node: "", workgroups, flops, bytes };
		return sum + estimate(GPUS[family], call, workgroupSize(texts[i]), hotLoop(compiled[i].assembly), compiled[i]).ms;
	}, 0);
}

/** The correlation of the ranks of two lists without equal values. */
function spearman(a: readonly number[], b: readonly number[]): number {
	const ranks = (list: readonly number[]) => list.map((value) => list.filter((other) => other < value).length);
	const [x, y] = [ranks(a), ranks(b)];
	const squares = x.reduce((sum, rank, i) => sum + (rank - y[i]) ** 2, 0);
	return 1 - (6 * squares) / (a.length * (a.length ** 2 - 1));
}
