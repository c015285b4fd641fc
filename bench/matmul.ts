// Measures the matmul kernels at SmolLM2-135M's shapes (hidden 576, MLP 1536) as shares of the adapter's peak rate, which is
// measured in the same interleaved rounds. Prints a table, then the same as JSON. BENCH_TOKENS, BENCH_VARIANT ("quad,16,8,4,4") and
// BENCH_ROUNDS change what is measured.
import { Gpu } from "../src/engine/device/gpu.ts";
import { nodeGpu } from "../src/engine/device/node-gpu.ts";
import type { KernelCall } from "../src/engine/kernels/kernel.ts";
import { matmulCalls } from "../src/engine/kernels/matmul.ts";
import { multiplyAddCall } from "../src/engine/kernels/peak.ts";
import { Pipelines } from "../src/engine/kernels/pipelines.ts";
import { type Candidate, type Timing, timeInterleaved } from "../src/engine/kernels/timing.ts";
import { type MatmulVariant, type Tuning, tuningOf } from "../src/engine/kernels/tuning.ts";
import { defaultTable, detectClass } from "../src/engine/kernels/tuning-defaults.ts";
import {
	GGUF_BLOCK_FORMATS,
	QUANTISED_FORMATS,
	type WeightFormat,
	widthMultiple,
} from "../src/engine/kernels/weight-format.ts";

/** 576 is not a multiple of 256: K-quant types are measured with the other row lengths. */
const QUANTISED = [...QUANTISED_FORMATS, ...GGUF_BLOCK_FORMATS] as const;
const HIDDEN = 576;
const MLP = 1536;
const RANK = 16;
const tokenCounts = (process.env.BENCH_TOKENS ?? "128,256,512").split(",").map(Number);
const rounds = Number(process.env.BENCH_ROUNDS ?? 10);

const gpu = await Gpu.request({ gpu: await nodeGpu() });
const pipelines = new Pipelines(gpu);
const device = await detectClass(gpu, pipelines);
const tuning = tuningOf({ ...defaultTable(device), ...forcedVariant() });
const [CEILING, X, W, U, B, OUT, RANK_OUT] = [0, 1, 2, 3, 4, 5, 6];
const mostTokens = Math.max(...tokenCounts);
const numbers = [65536, mostTokens * MLP, MLP * MLP, mostTokens * 64, MLP * 64, mostTokens * MLP, MLP * 64];
const buffers = numbers.map((count) => {
	const buffer = gpu.storage("bench", count * 4);
	gpu.write(
		buffer,
		0,
		Float32Array.from({ length: count }, (_, i) => Math.sin(i)),
	);
	return buffer;
});

function forcedVariant(): { wide?: MatmulVariant } {
	if (process.env.BENCH_VARIANT === undefined) return {};
	const [strategy, ...sizes] = process.env.BENCH_VARIANT.split(",");
	const [rows, columns, unroll, threads] = sizes.map(Number);
	return { wide: { strategy: strategy as MatmulVariant["strategy"], rows, columns, unroll, threads } };
}

interface Product {
	readonly a: number;
	readonly b: number;
	readonly out: number;
	readonly m: number;
	readonly n: number;
	readonly k: number;
	readonly transposeA?: boolean;
	readonly transposeB?: boolean;
	readonly storage?: WeightFormat;
	readonly rank?: number; // columns of a second segment
}

function calls(
	{ a, b, out, m, n, k, transposeA = false, transposeB = false, storage = "f32", rank = 0 }: Product,
	which: Tuning = tuning,
): KernelCall[] {
	const segment = { k, transposeA, transposeB, scale: 1, adapter: false, storageB: storage };
	const operands = [{ a: { tensor: a }, b: { tensor: b } }];
	const segments = [segment];
	if (rank > 0) {
		segments.push({ ...segment, k: rank, storageB: "f32" });
		operands.push({ a: { tensor: U }, b: { tensor: B } });
	}
	return matmulCalls(
		{ segments: operands, out: { tensor: out } },
		{ m, n, segments, accumulate: false },
		which,
		gpu.device.limits,
	);
}

const frozen = (m: number, n: number, k: number, storage: WeightFormat, transposeB: boolean, rank = 0): KernelCall[] =>
	calls({ a: X, b: W, out: OUT, m, n, k, transposeB, storage, rank });

/** u = x·Aᵀ, du = dy·B, dA = duᵀ·x, dB = dyᵀ·u of one linear layer. */
const down = (t: number, k: number) => calls({ a: X, b: W, out: RANK_OUT, m: t, n: RANK, k, transposeB: true });
const downGradient = (t: number, n: number) => calls({ a: X, b: W, out: RANK_OUT, m: t, n: RANK, k: n });
const gradientA = (t: number, k: number) => calls({ a: U, b: X, out: RANK_OUT, m: RANK, n: k, k: t, transposeA: true });
const gradientB = (t: number, n: number) => calls({ a: X, b: U, out: RANK_OUT, m: n, n: RANK, k: t, transposeA: true });

function candidates(t: number): Candidate[] {
	const linear: readonly [number, number][] = [
		[HIDDEN, HIDDEN],
		[HIDDEN, MLP],
		[MLP, HIDDEN],
	];
	const products = linear.flatMap(([k, n]): Candidate[] => [
		{ name: `NT bf16 ${k}->${n}`, calls: frozen(t, n, k, "bf16", true) },
		{ name: `NT f32 ${k}->${n}`, calls: frozen(t, n, k, "f32", true) },
		{ name: `NN bf16 ${k}->${n}`, calls: frozen(t, k, n, "bf16", false) },
		...QUANTISED.filter((storage) => k % widthMultiple(storage) === 0).flatMap((storage) => [
			{ name: `NT ${storage} ${k}->${n}`, calls: frozen(t, n, k, storage, true) },
			{ name: `NN ${storage} ${k}->${n}`, calls: frozen(t, k, n, storage, false) },
		]),
		{ name: `LoRA forward ${k}->${n}`, calls: [...down(t, k), ...frozen(t, n, k, "bf16", true, RANK)] },
		{
			name: `LoRA backward ${k}->${n}`,
			calls: [...downGradient(t, n), ...frozen(t, k, n, "bf16", false, RANK), ...gradientA(t, k), ...gradientB(t, n)],
		},
	]);
	const skinny = [
		{ name: `u = xAᵀ ${MLP}`, calls: down(t, MLP) },
		{ name: `du = dyB ${MLP}`, calls: downGradient(t, MLP) },
		{ name: `dA = duᵀx ${MLP}`, calls: gradientA(t, MLP) },
		{ name: `dB = dyᵀu ${MLP}`, calls: gradientB(t, MLP) },
		...(["bf16", ...QUANTISED] as const).map((storage) => ({
			name: `one token ${storage} ${MLP}->${HIDDEN}`,
			calls: frozen(1, HIDDEN, MLP, storage, true),
		})),
	];
	return [{ name: "ceiling", calls: [multiplyAddCall(CEILING)] }, ...products, ...skinny];
}

function overhead(timings: readonly Timing[], direction: "forward" | "backward"): string {
	const frozenName = direction === "forward" ? "NT bf16" : "NN bf16";
	const sum = (start: string) =>
		timings.filter(({ name }) => name.startsWith(start)).reduce((total, { milliseconds }) => total + milliseconds, 0);
	return `${((sum(`LoRA ${direction}`) / sum(frozenName) - 1) * 100).toFixed(1)} %`;
}

/** Rates with quantised weights divided by those with bf16 at the same shapes: forward, backward, one token. */
function packedRates(timings: readonly Timing[]): string {
	const share = (kind: string, storage: WeightFormat) => {
		const [start, plain] = [`${kind} ${storage} `, `${kind} bf16 `];
		const own = timings.filter(({ name }) => name.startsWith(start));
		const shapes = own.map(({ name }) => name.slice(start.length));
		const same = timings.filter(({ name }) => name.startsWith(plain) && shapes.includes(name.slice(plain.length)));
		const sum = (of: readonly Timing[]) => of.reduce((total, { milliseconds }) => total + milliseconds, 0);
		return ((100 * sum(same)) / sum(own)).toFixed(0);
	};
	return QUANTISED.map(
		(storage) => `${storage} ${["NT", "NN", "one token"].map((kind) => share(kind, storage)).join(" / ")} %`,
	).join(", ");
}

console.log(`${gpu.info.description || gpu.info.vendor}, device class ${device}, rank ${RANK}`);
const report = [];
for (const t of tokenCounts) {
	const timings = await timeInterleaved(pipelines, buffers, candidates(t), { rounds, batchMilliseconds: 15 });
	const ceiling = timings[0].gflops;
	console.log(`\n${t} tokens${" ".repeat(22)}ms   GFLOPS   % of ceiling   first ms`);
	for (const { name, milliseconds, gflops, firstMilliseconds } of timings) {
		const columns = [
			milliseconds.toFixed(2).padStart(8),
			gflops.toFixed(1).padStart(8),
			((100 * gflops) / ceiling).toFixed(1).padStart(12),
			firstMilliseconds.toFixed(0).padStart(12),
		];
		console.log(name.padEnd(26) + columns.join(" "));
	}
	console.log(
		`LoRA r=${RANK} over frozen: forward ${overhead(timings, "forward")}, backward (dX, du, dA, dB over dX) ${overhead(timings, "backward")}`,
	);
	console.log(`rate over bf16's, forward / backward / one token: ${packedRates(timings)}`);
	report.push({
		tokens: t,
		timings: timings.map((timing) => ({ ...timing, shareOfCeiling: timing.gflops / ceiling })),
	});
}
console.log(`\n${JSON.stringify({ adapter: gpu.info, device, rank: RANK, report })}`);
gpu.destroy();
