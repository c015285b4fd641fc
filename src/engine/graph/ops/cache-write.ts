// cacheWrite: writes new keys or values at their positions in the KV cache, a state shared by all passes of generation.
import { cacheWriteCall } from "../../kernels/cache-write.ts";
import { liveRows } from "../../kernels/step.ts";
import type { GraphBuilder } from "../builder.ts";
import type { TensorSpec } from "../ir.ts";
import { defineOp, ranges } from "../op.ts";

/** inputs: x [T, width], positions u32 [T], cache [S, width]; output: the cache. */
export const cacheWriteOp = defineOp<null>({
	op: "cacheWrite",
	infer(_attrs, [x, positions, cache]) {
		if (x.shape[1] !== cache.shape[1] || positions.shape[0] !== x.shape[0])
			throw new Error(`cacheWrite: [${x.shape}] does not fit the cache [${cache.shape}]`);
		return [{ shape: cache.shape, dtype: "f32" }];
	},
	updates: () => [0],
	reference({ inputs: [x, positions], inputSpecs: [spec], outputs: [cache], step }) {
		const [rows, width] = spec.shape;
		for (let t = 0; t < liveRows(rows, spec.live, step); t++) {
			for (let c = 0; c < width; c++) cache[positions[t] * width + c] = x[t * width + c];
		}
	},
	lower({ inputs: [x, positions], outputs: [cache] }) {
		const io = ranges({ x, positions, cache });
		return [cacheWriteCall(io, { rows: x.shape[0], width: x.shape[1], places: cache.shape[0] })];
	},
});

/** cache[positions[t]] = x[t]. x: [T, width], positions: u32 [T], cache: [S, width] */
export function cacheWrite(
	builder: GraphBuilder,
	name: string,
	x: TensorSpec,
	positions: TensorSpec,
	cache: TensorSpec,
): void {
	cacheWriteOp.into(builder, name, [x, positions, cache], [cache]);
}
