// Measures JavaScript's memory while a model's weights stream from disk to the GPU: the peak growth of array buffers and heap.
// BENCH_MODEL names a Hugging Face folder or a GGUF file, BENCH_DTYPE the base precision.

import { diskFolder, ggufFile } from "../src/cli/node-files.ts";
import { Gpu } from "../src/engine/device/gpu.ts";
import { nodeGpu } from "../src/engine/device/node-gpu.ts";
import { GpuMemory } from "../src/engine/executor/memory.ts";
import { type BaseDType, openModelFiles } from "../src/engine/models/load.ts";
import { uploadWeights } from "../src/engine/models/upload.ts";

const path = process.env.BENCH_MODEL ?? "../shared/models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf";
const dtype = (process.env.BENCH_DTYPE ?? "auto") as BaseDType;
const MIB = 2 ** 20;

const gpu = await Gpu.request({ gpu: await nodeGpu() });
const model = await openModelFiles(path.endsWith(".gguf") ? await ggufFile(path) : await diskFolder(path), path, dtype);
const memoryInUse = () => {
	const { arrayBuffers, heapUsed } = process.memoryUsage();
	return arrayBuffers + heapUsed;
};
globalThis.gc?.();
const before = memoryInUse();
let peak = before;
const watch = setInterval(() => {
	peak = Math.max(peak, memoryInUse());
}, 2);
await uploadWeights(model, new GpuMemory(gpu), () => {
	peak = Math.max(peak, memoryInUse());
	globalThis.gc?.(); // released memory is not counted
});
clearInterval(watch);
console.log(
	`${(model.weightBytes / MIB).toFixed(0)} MiB of weights as ${model.dtype}: JavaScript held ${((peak - before) / MIB).toFixed(0)} MiB of them at most`,
);
