// DoRA (arXiv 2402.09353): the adapted matrix's rows at trained lengths m. y = g ⊙ (x · Wᵀ + u · Bᵀ) + bias with
// g = m / ‖W + s · B · A‖, row by row and without gradient (section 4.3), as peft/tuners/lora/dora.py.

import type { GraphBuilder } from "../../graph/builder.ts";
import type { TensorSpec } from "../../graph/ir.ts";
import { add, doraGain, doraNorm, matmul, rowSquares, scaleColumns } from "../../graph/ops/index.ts";
import type { LoraModule } from "../adapter.ts";
import { declareTrainable } from "../trainable.ts";

const PLAIN = { transposeA: false, transposeB: true, scale: 1, adapter: false } as const;

interface DoraInputs {
	readonly x: TensorSpec; // [T, in]
	readonly dropped: TensorSpec; // x, or dropout(x)
	readonly u: TensorSpec; // s · dropped · Aᵀ: [T, r]
	readonly A: TensorSpec;
	readonly B: TensorSpec;
	readonly W: TensorSpec; // [out, in]
	readonly bias: readonly TensorSpec[]; // [out], or none
}

/**
 * A linear layer with DoRA: [T, out]. Under dropout PEFT scales the base's share of the dropped rows and adds it to that of
 * the whole ones: y = x · Wᵀ + bias + (g − 1) ⊙ (dropped · Wᵀ) + g ⊙ (u · Bᵀ).
 */
export function doraLinear(
	builder: GraphBuilder,
	{ module: { path }, scaling, magnitude }: LoraModule,
	{ x, dropped, u, A, B, W, bias }: DoraInputs,
): TensorSpec {
	if (magnitude === null) throw new Error(`${path} has no magnitude`);
	const product = (name: string, [a, b]: readonly TensorSpec[], scale = 1, biases: readonly TensorSpec[] = []) =>
		matmul(builder, `${path}${name}`, [a, b, ...biases], {
			segments: [{ ...PLAIN, scale }],
			accumulate: false,
			bias: biases.length > 0,
		});
	const squares = rowSquares(builder, `${path}.squares`, [W]); // [out]
	const AW = product(".lora_A.base", [A, W]); // [r, out]
	const AA = product(".lora_A.square", [A, A]); // [r, r]
	const norm = doraNorm(builder, `${path}.norm`, [squares, AW, AA, B], { scale: scaling }); // [out]
	const gain = doraGain(builder, `${path}.gain`, [declareTrainable(builder, magnitude), norm]); // [out]
	const adapted = matmul(builder, `${path}.adapted`, [dropped, W, u, B], {
		segments: [PLAIN, PLAIN],
		accumulate: false,
		bias: false,
	}); // [T, out]
	if (dropped === x) return scaleColumns(builder, path, [adapted, gain, ...bias], { bias: bias.length > 0 });
	const scaled = scaleColumns(builder, `${path}.scaled`, [adapted, gain], { bias: false });
	const whole = add(builder, `${path}.whole`, [product("", [x, W], 1, bias), scaled]);
	return add(builder, `${path}.kept`, [whole, product(".dropped", [dropped, W], -1)]);
}
