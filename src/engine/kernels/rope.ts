// Rotary position embedding; its gradient is the inverse rotation.
import source from "../../shaders/attention/rope.wgsl?raw";
import { bindings, type KernelCall, type TensorRange } from "./kernel.ts";
import { type LiveBound, liveCode } from "./step.ts";
import { defineVectorized, ELEMENTWISE, elementwiseGroups } from "./vectorize.ts";

const pick = defineVectorized({
	name: "rope",
	source,
	params: { rows: "u32", heads: "u32", head_dim: "u32", half_dim: "u32", live_axis: "u32", live_offset: "u32" },
	bindings: bindings(["x", "cosines", "sines", "positions"], ["out"]),
});

export interface RopeShape {
	readonly rows: number;
	readonly heads: number;
	readonly head_dim: number;
	readonly rotary_dim: number;
	readonly inverse: boolean;
	readonly live?: LiveBound;
}

/** x, out: [rows, heads * head_dim]; cos, sin: [positions, rotary_dim / 2]; positions: [rows] u32 */
export function ropeCall(
	io: { x: TensorRange; cos: TensorRange; sin: TensorRange; positions: TensorRange; out: TensorRange },
	{ rows, heads, head_dim, rotary_dim, inverse, live }: RopeShape,
): KernelCall {
	const { kernel, elemSize } = pick(head_dim, rotary_dim % 8 === 0);
	const half_dim = rotary_dim / 2;
	const pairs = rows * heads * (head_dim - half_dim);
	return {
		kernel,
		constants: { ...ELEMENTWISE, INVERSE: inverse },
		params: {
			rows,
			heads,
			head_dim: head_dim / elemSize,
			half_dim: half_dim / elemSize,
			live_axis: liveCode(live),
			live_offset: live?.offset ?? 0,
		},
		bindings: [io.x, io.cos, io.sin, io.positions, io.out],
		workgroups: elementwiseGroups(pairs / elemSize),
		flops: pairs * 6,
	};
}
