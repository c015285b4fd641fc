// Writes new keys and values into the KV cache.
import source from "../../shaders/attention/cache-write.wgsl?raw";
import { bindings, defineKernel, type KernelCall, spread, type TensorRange } from "./kernel.ts";

const kernel = defineKernel({
	name: "cache-write",
	source,
	params: { rows: "u32", width: "u32", places: "u32" },
	bindings: bindings(["x", "positions"], ["cache"]),
});

/** cache[positions[t]] = x[t]. x: [rows, width], cache: [places, width] */
export function cacheWriteCall(
	io: { x: TensorRange; positions: TensorRange; cache: TensorRange },
	shape: { rows: number; width: number; places: number },
): KernelCall {
	return {
		kernel,
		constants: {},
		params: shape,
		bindings: [io.x, io.positions, io.cache],
		workgroups: spread(Math.ceil((shape.rows * shape.width) / 64)),
		flops: shape.rows * shape.width,
	};
}
