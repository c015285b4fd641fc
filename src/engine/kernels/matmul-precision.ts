// How the matmul kernels round the operands of a product with a frozen weight: not at all, or to float16 (mixed precision).
import pack from "../../shaders/matmul/matmul-pack.wgsl?raw";
import packF16 from "../../shaders/matmul/matmul-pack-f16.wgsl?raw";
import round from "../../shaders/matmul/matmul-round.wgsl?raw";
import roundNone from "../../shaders/matmul/matmul-round-none.wgsl?raw";
import type { KernelSpec } from "./kernel.ts";

/** Operands of segment 0 are rounded to float16 after multiplications by these powers of two; the sums are divided by them. */
export interface HalfOperands {
	readonly a: number;
	readonly b: number;
	/** Whether the device has float16 numbers (shader-f16), in which strategy block stages operands. */
	readonly native: boolean;
}

/** All texts that rounding can include. */
export const precisionText = [round, roundNone, pack, packF16].join("\n");

/** @param staged whether operands are staged in workgroup memory as float16 */
export function precisionSources(
	half: HalfOperands | null,
	staged: boolean,
): {
	readonly includes: readonly string[];
	readonly features: KernelSpec["features"];
	readonly constants: { readonly HALF: boolean; readonly HALF_A: number; readonly HALF_B: number };
} {
	if (half === null) return { includes: [roundNone], features: [], constants: { HALF: false, HALF_A: 1, HALF_B: 1 } };
	const native = staged && half.native;
	return {
		includes: [round, ...(staged ? [native ? packF16 : pack] : [])],
		features: native ? ["shader-f16"] : [],
		constants: { HALF: true, HALF_A: half.a, HALF_B: half.b },
	};
}
