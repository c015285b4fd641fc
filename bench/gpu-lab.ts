// Shows how a training step uses a real GPU, on a machine without one: captures every dispatch, compiles the shaders for AMD
// GPUs and estimates the time of each kernel from its assembly (gpu-lab/estimate.ts says what the estimate ignores).
// npm run bench -- gpu-lab [--model smollm2-135m|qwen3-0.6b|distilgpt2] [--tokens 512] [--gpu navi33|navi21|polaris10] [--precision f32|mixed] [--json]
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { defaultTable, tuningFor } from "../src/engine/kernels/tuning-defaults.ts";
import { hotLoop } from "./gpu-lab/assembly.ts";
import { captureStep } from "./gpu-lab/capture.ts";
import { compileFor, missingTools } from "./gpu-lab/compile.ts";
import { estimate, GPUS, peakFlops, workgroupSize } from "./gpu-lab/estimate.ts";

const MODELS: Readonly<Record<string, string>> = {
	"smollm2-135m": "SmolLM2-135M",
	"qwen3-0.6b": "Qwen3-0.6B",
	distilgpt2: "DistilGPT2",
};

const { values: options } = parseArgs({
	args: process.argv.slice(3),
	options: {
		model: { type: "string", default: "smollm2-135m" },
		tokens: { type: "string", default: "512" },
		rank: { type: "string", default: "16" },
		gpu: { type: "string", default: "navi33" },
		precision: { type: "string", default: "f32" },
		json: { type: "boolean", default: false },
	},
});
function fail(text: string): never {
	console.error(text);
	process.exit(2);
}
const shape = MODELS[options.model] ?? fail(`--model is one of ${Object.keys(MODELS).join(", ")}`);
const gpu = GPUS[options.gpu] ?? fail(`--gpu is one of ${Object.keys(GPUS).join(", ")}`);
const [tokens, rank] = [Number(options.tokens), Number(options.rank)];
if (![tokens, rank].every((n) => Number.isInteger(n) && n > 0)) fail("--tokens and --rank are positive integers");
const precision = options.precision === "mixed" ? "mixed" : "f32";
if (options.precision !== precision) fail("--precision is f32 or mixed");
const missing = missingTools();
if (missing.length > 0) fail(`The GPU lab needs:\n${missing.map((what) => `- ${what}`).join("\n")}`);

const step = await captureStep(
	shape,
	tokens,
	rank,
	{ ...tuningFor("gpu", defaultTable("gpu")), float16: true },
	precision,
);
const compiled = compileFor(options.gpu, step.texts, join(tmpdir(), "tabtune-gpu-lab"));
const loops = compiled.map(({ assembly }) => hotLoop(assembly));
const sizes = step.texts.map(workgroupSize);

interface Row {
	readonly kernel: string;
	readonly text: number;
	calls: number;
	ms: number;
	flops: number;
	least: number; // waves per SIMD
	most: number;
}
const rows = new Map<number, Row>();
for (const call of step.calls) {
	const { ms, wavesPerSimd } = estimate(gpu, call, sizes[call.text], loops[call.text], compiled[call.text]);
	const row = rows.get(call.text) ?? {
		kernel: call.kernel,
		text: call.text,
		calls: 0,
		ms: 0,
		flops: 0,
		least: Number.POSITIVE_INFINITY,
		most: 0,
	};
	row.calls++;
	row.ms += ms;
	row.flops += call.flops;
	row.least = Math.min(row.least, wavesPerSimd);
	row.most = Math.max(row.most, wavesPerSimd);
	rows.set(call.text, row);
}
const sorted = [...rows.values()].sort((a, b) => b.ms - a.ms);
const [ms, flops] = [sorted.reduce((sum, row) => sum + row.ms, 0), sorted.reduce((sum, row) => sum + row.flops, 0)];
const used = [...new Set(step.calls.map(({ text }) => text))].map((text) => compiled[text]);
const compileMs = used.reduce((sum, one) => sum + one.compileMs, 0);
const share = (100 * flops) / (ms / 1000) / peakFlops(gpu);

if (!options.json) {
	console.log(
		`${shape}, LoRA r = ${rank} on all linear layers, one text of ${tokens} tokens, on ${gpu.name} (${options.gpu}), ${(peakFlops(gpu) / 1e12).toFixed(1)} TFLOPS f32 without dual issue.
waves/SIMD: what a dispatch offers, least and most of its calls. Hot loop: multiply-adds, words of workgroup memory and of buffers of a
lane, waits for loads. The estimate ignores caches, bank conflicts and overlapping dispatches.

kernel                calls   waves/SIMD   VGPR spill LDS kB   hot loop: fma  lds  buf waits     est. ms  share  GFLOPS`,
	);
	for (const row of sorted) {
		const { vgprs, spilledVgprs, ldsBytes } = compiled[row.text];
		const { fma, ldsWords, globalWords, waits } = loops[row.text];
		const columns: [string | number, number][] = [
			[row.calls, 5],
			[row.least.toFixed(2), 7],
			[row.most.toFixed(1), 6],
			[vgprs, 6],
			[spilledVgprs, 6],
			[(ldsBytes / 1024).toFixed(1), 7],
			[fma, 15],
			[ldsWords, 5],
			[globalWords, 5],
			[waits, 6],
			[row.ms.toFixed(2), 12],
			[`${((100 * row.ms) / ms).toFixed(1)} %`, 7],
			[(row.flops / row.ms / 1e6).toFixed(0), 8],
		];
		console.log(row.kernel.padEnd(22) + columns.map(([text, width]) => String(text).padStart(width)).join(""));
	}
	console.log(
		`total ${ms.toFixed(1)} ms for ${(flops / 1e9).toFixed(1)} GFLOP in ${step.calls.length} dispatches: ${(flops / ms / 1e6).toFixed(0)} GFLOPS, ${share.toFixed(1)} % of peak
${used.length} shaders, ${(step.texts.reduce((sum, { length }) => sum + length, 0) / 1e3).toFixed(0)} kB of WGSL, ${(used.reduce((sum, one) => sum + one.spirvBytes, 0) / 1e3).toFixed(0)} kB of SPIR-V; RADV compiles them in ${(compileMs / 1e3).toFixed(1)} s of processor time, the slowest in ${(Math.max(...used.map((one) => one.compileMs)) / 1e3).toFixed(1)} s`,
	);
}
console.log(
	JSON.stringify({
		model: options.model,
		tokens,
		rank,
		gpu: options.gpu,
		dispatches: step.calls.length,
		estimated_ms: Number(ms.toFixed(3)),
		percent_of_peak: Number(share.toFixed(2)),
		compile_ms: Math.round(compileMs),
		spills: sorted.reduce((sum, row) => sum + (compiled[row.text].spilledVgprs > 0 ? row.calls : 0), 0),
		kernels: sorted.map((row) => ({
			kernel: row.kernel,
			calls: row.calls,
			waves_per_simd_min: Number(row.least.toFixed(2)),
			estimated_ms: Number(row.ms.toFixed(3)),
			percent_of_time: Number(((100 * row.ms) / ms).toFixed(1)),
			gflops: Math.round(row.flops / row.ms / 1e6),
			vgprs: compiled[row.text].vgprs,
			spills: compiled[row.text].spilledVgprs,
			lds_bytes: compiled[row.text].ldsBytes,
			compile_ms: Math.round(compiled[row.text].compileMs),
			wgsl_bytes: step.texts[row.text].length,
		})),
	}),
);
