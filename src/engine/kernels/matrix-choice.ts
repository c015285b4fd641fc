// Chooses whether wide products run on a GPU's matrix units (strategy matrix): where the browser offers them, their kernel compiles
// and computes right values, and it is clearly faster than strategy block.
import { checkTuning } from "./autotune-check.ts";
import { matmulCalls } from "./matmul.ts";
import type { Pipelines } from "./pipelines.ts";
import { timeInterleaved } from "./timing.ts";
import type { MatmulShape, MatrixTypes, MatrixUnits, Tuning } from "./tuning.ts";

/** The matrix kernel must take less than this share of strategy block's time. */
const CLEARLY_FASTER = 1 / 1.08;
/** SmolLM2-135M's MLP with 512 tokens, as in autotune.ts. */
const SHAPE: MatmulShape = { m: 512, n: 1536, k: 576, transposeA: false, transposeB: true, storageB: "bf16" };

/** Measures for which types of operands a device's matrix units are worth using. */
export async function measureMatrixUnits(
	pipelines: Pipelines,
	tuning: Tuning,
	units: MatrixUnits,
): Promise<MatrixTypes> {
	const f16 = await pays(pipelines, tuning, { ...units, f32: null }, 1);
	const f32 = await pays(pipelines, tuning, { ...units, f16: null });
	return { f16, f32 };
}

async function pays(pipelines: Pipelines, tuning: Tuning, units: MatrixUnits, half?: number): Promise<boolean> {
	if ((half === undefined ? units.f32 : units.f16) === null) return false;
	const matrix = { ...tuning, matrix: units };
	if ((await checkTuning(pipelines, matrix, SHAPE, half)) !== null) return false;
	const { gpu } = pipelines;
	const { m, n, k } = SHAPE;
	const buffers = [m * k * 4, n * k * 2, m * n * 4].map((bytes) => gpu.storage("matrix choice", bytes));
	try {
		const candidates = [tuning, matrix].map((one, i) => ({
			name: String(i),
			calls: matmulCalls(
				{ segments: [{ a: { tensor: 0 }, b: { tensor: 1 } }], out: { tensor: 2 } },
				{
					m,
					n,
					segments: [{ ...SHAPE, scale: 1, adapter: false, ...(half === undefined ? {} : { half }) }],
					accumulate: false,
				},
				one,
				gpu.device.limits,
			),
		}));
		const [block, native] = await timeInterleaved(pipelines, buffers, candidates);
		return native.milliseconds < block.milliseconds * CLEARLY_FASTER;
	} finally {
		for (const buffer of buffers) gpu.destroyBuffer(buffer);
	}
}
