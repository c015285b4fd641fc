// DoRA (arXiv 2402.09353): the rows of the adapted matrix are scaled to trained norms m. y = g ⊙ (x · Wᵀ + u · Bᵀ) + bias with
// g = m / ‖W + s · B · A‖, row by row and without gradient (section 4.3), as peft/tuners/lora/dora.py.
import type { GraphBuilder } from "../../graph/builder.ts";
import type { TensorSpec } from "../../graph/ir.ts";
import { add, doraGain, doraNorm, linear, rowSquares, scaleColumns } from "../../graph/ops/index.ts";
import type { LoraModule } from "../adapter.ts";
import { declareTrainable } from "../trainable.ts";

interface DoraInputs {
	readonly x: TensorSpec; // [T, in]
	readonly dropped: TensorSpec; // x, or dropout(x)
	readonly u: TensorSpec; // s · dropped · Aᵀ: [T, r]
	readonly A: TensorSpec;
	readonly B: TensorSpec;
	readonly W: TensorSpec; // [out, in]
	readonly bias?: TensorSpec; // [out]
}

/**
 * A linear layer with DoRA: [T, out]. With dropout, PEFT scales the base's product of the dropped input and adds it to that of
 * the full input: y = x · Wᵀ + bias + (g − 1) ⊙ (dropped · Wᵀ) + g ⊙ (u · Bᵀ).
 */
export function doraLinear(
	builder: GraphBuilder,
	{ module: { path }, scaling, magnitude }: LoraModule,
	{ x, dropped, u, A, B, W, bias }: DoraInputs,
): TensorSpec {
	if (magnitude === null) throw new Error(`${path} has no magnitude`);
	const squares = rowSquares(builder, `${path}.squares`, [W]); // [out]
	const AW = linear(builder, `${path}.lora_A.base`, A, W); // [r, out]
	const AA = linear(builder, `${path}.lora_A.square`, A, A); // [r, r]
	const norm = doraNorm(builder, `${path}.norm`, [squares, AW, AA, B], { scale: scaling }); // [out]
	const gain = doraGain(builder, `${path}.gain`, [declareTrainable(builder, magnitude), norm]); // [out]
	const adapted = linear(builder, `${path}.adapted`, dropped, W, { lowRank: { u, B } }); // [T, out]
	if (dropped === x) {
		const inputs = [adapted, gain, ...(bias ? [bias] : [])];
		return scaleColumns(builder, path, inputs, { bias: bias !== undefined });
	}
	const scaled = scaleColumns(builder, `${path}.scaled`, [adapted, gain], { bias: false });
	const base = linear(builder, path, x, W, { bias }); // [T, out]
	const whole = add(builder, `${path}.whole`, [base, scaled]);
	const negative = linear(builder, `${path}.dropped`, dropped, W, { scale: -1 }); // [T, out]
	return add(builder, `${path}.kept`, [whole, negative]);
}
