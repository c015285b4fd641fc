// Strategy matrix on devices without matrix units: its subgroup matrices are emulated, so that tiles, layouts, edges and scales
// are compared with the reference. That drivers compile the real ones is checked by the GPU lab.
import { afterAll, expect, test } from "vitest";
import { compareExecutors, roundBf16 } from "../../executor/compare.ts";
import { testGpu, values } from "../../executor/test-gpu.ts";
import { MATRIX_WGSL } from "../../kernels/matrix-units.ts";
import type { MatrixSizes, Tuning } from "../../kernels/tuning.ts";
import { differentiate } from "../autodiff.ts";
import { GraphBuilder } from "../builder.ts";
import { mixedPrecision } from "../passes/mixed-precision.ts";
import { matmul } from "./index.ts";

const gpu = await testGpu();
afterAll(() => gpu.destroy());

/** Operands are read from workgroup memory when they are multiplied. A thread has the sums lane, lane + SUBGROUP, … of a matrix. */
const EMULATION = `
alias Left = u32;
alias Right = u32;
alias Sums = array<f32, MATRIX_M * MATRIX_N / SUBGROUP>;
var<private> own_lane: u32;

fn begin_matrices(lane: u32) {
	own_lane = lane;
}

fn load_left(at: u32) -> Left {
	return at;
}

fn load_right(at: u32) -> Right {
	return at;
}

fn multiply_add(left: Left, right: Right, sums: Sums) -> Sums {
	var all = sums;
	for (var s = 0u; s < MATRIX_M * MATRIX_N / SUBGROUP; s++) {
		let e = own_lane + s * SUBGROUP;
		for (var k = 0u; k < min(MATRIX_K, params.m); k++) { // not constant, so that it is not unrolled
			all[s] += f32(shared_elements[left + k * TILE_I + e / MATRIX_N]) * f32(shared_elements[right + k * TILE_J + e % MATRIX_N]);
		}
	}
	return all;
}

fn store_sums(at: u32, sums: Sums) {
	for (var s = 0u; s < MATRIX_M * MATRIX_N / SUBGROUP; s++) {
		let e = own_lane + s * SUBGROUP;
		shared_sums[at + e / MATRIX_N * TILE_J + e % MATRIX_N] = sums[s];
	}
}
`;

const tuningOf = (half: boolean, sizes: MatrixSizes): Tuning => ({
	matmul: () => ({ strategy: "block", rows: 8, columns: 8, unroll: 8, threads: 64 }),
	float16: half,
	matrix: {
		subgroup: 32,
		f16: half ? sizes : null,
		f32: half ? null : sizes,
		wgsl: { ...MATRIX_WGSL, operations: EMULATION },
		emulated: true,
	},
});

/** y = bias + x · Wᵀ and the gradient of x. */
function graphOf(m: number, n: number, k: number, half: boolean) {
	const builder = new GraphBuilder();
	const x = builder.declare("state", "x", [m, k], "f32");
	const W = builder.declare("weight", "W", [n, k], "bf16");
	const bias = builder.declare("weight", "bias", [n], "f32");
	const segments = [{ transposeA: false, transposeB: true, scale: 0.5, adapter: true }];
	const y = matmul(builder, "y", [x, W, bias], { segments, accumulate: false, bias: true });
	const dy = builder.declare("input", "dy", [m, n], "f32");
	differentiate(builder, new Map([[y.id, dy]]), [x], ({ id, shape }) =>
		builder.declare("state", `gradient ${id}`, shape, "f32"),
	);
	const graph = builder.build();
	return half ? mixedPrecision(graph) : graph;
}

test.skipIf(!gpu.has("shader-f16"))("float16 matrices, odd edges", () =>
	agrees(70, 67, 90, true, { m: 16, n: 16, k: 16 }),
);
test("float32 matrices, odd edges", () => agrees(65, 100, 64, false, { m: 16, n: 32, k: 8 }));

async function agrees(m: number, n: number, k: number, half: boolean, sizes: MatrixSizes): Promise<void> {
	const graph = graphOf(m, n, k, half);
	const options = {
		gpu,
		tuning: tuningOf(half, sizes),
		values: {
			x: values(m * k, 1),
			W: roundBf16(values(n * k, 2)),
			bias: values(n, 3),
			dy: values(m * n, 4).map((value) => value * (half ? 1e-6 : 1)),
		},
		step: { adapter_strength: 0.75 },
	};
	expect(await compareExecutors(graph, options)).toEqual([]);
}
