// The matmul kernels, with the constants and the WGSL of each variant. A strategy is a .wgsl file that follows matmul.wgsl,
// a name in tuning.ts and an entry in STRATEGIES.
import common from "../../shaders/matmul/matmul.wgsl?raw";
import sharedSource from "../../shaders/matmul/matmul-shared.wgsl?raw";
import splitSource from "../../shaders/matmul/matmul-split.wgsl?raw";
import storeSource from "../../shaders/matmul/matmul-store.wgsl?raw";
import lanesSource from "../../shaders/matmul/matmul-subgroup.wgsl?raw";
import swapNone from "../../shaders/matmul/matmul-swap-none.wgsl?raw";
import swapQuad from "../../shaders/matmul/matmul-swap-quad.wgsl?raw";
import swapXor from "../../shaders/matmul/matmul-swap-xor.wgsl?raw";
import { dequantSources, dequantText } from "./dequant.ts";
import { bindings, defineKernel, type KernelSpec } from "./kernel.ts";
import {
	blockForm,
	blockSizes,
	blockSource,
	blockText,
	blockTile,
	fitBlock,
	matrixSource,
	type Product,
} from "./matmul-block.ts";
import { matrixForm } from "./matmul-matrix.ts";
import type { Strided } from "./matmul-operands.ts";
import { precisionSources, precisionText } from "./matmul-precision.ts";
import type { ScalarType } from "./step.ts";
import type { MatmulVariant } from "./tuning.ts";
import { unroll } from "./unroll.ts";
import { needsDequant, type WeightFormat } from "./weight-format.ts";

const PARAMS = {
	m: "u32",
	n: "u32",
	live_axis: "u32",
	live_offset: "u32",
	live_dimension: "u32",
	out_base: "u32",
	out_slot: "u32",
	out_i: "u32",
	out_j: "u32",
	accumulate: "u32",
	bias_base: "u32",
	biased: "u32",
	k0: "u32",
	a0_base: "u32",
	a0_slot: "u32",
	a0_i: "u32",
	a0_k: "u32",
	b0_base: "u32",
	b0_slot: "u32",
	b0_k: "u32",
	b0_j: "u32",
	scale0: "f32",
	adapter0: "u32",
	k1: "u32",
	a1_base: "u32",
	a1_i: "u32",
	a1_k: "u32",
	b1_base: "u32",
	b1_k: "u32",
	b1_j: "u32",
	scale1: "f32",
	adapter1: "u32",
} as const satisfies Record<string, ScalarType>;

const family = (name: string, source: string) =>
	defineKernel({
		name,
		source: common + source,
		params: PARAMS,
		bindings: bindings(["a0", "b0", "a1", "b1", "bias"], ["out"]),
		bases: { a0: "a0_base", b0: "b0_base", a1: "a1_base", b1: "b1_base", bias: "bias_base", out: "out_base" },
	});
const lanes = family("matmul-lanes", storeSource + lanesSource);
const shared = family("matmul-shared", storeSource + sharedSource);
const split = family("matmul-split", storeSource + splitSource);
const block = family("matmul-block", blockSource);

/** The text of all variants: a measured table is valid for this text only. */
export const matmulText = [
	common,
	storeSource,
	lanesSource,
	sharedSource,
	splitSource,
	blockText,
	swapNone,
	swapQuad,
	swapXor,
	precisionText,
	dequantText,
].join("\n");

interface Strategy {
	readonly kernel: KernelSpec;
	readonly swap?: string; // how lanes exchange values
	readonly subgroups: boolean;
	constants(variant: MatmulVariant): Readonly<Record<string, number>>;
	/** Rows and columns of out that one workgroup computes. */
	tile(variant: MatmulVariant): { readonly m: number; readonly n: number };
}

const exchanging = (exchange: number, swap: string): Strategy => ({
	kernel: lanes,
	swap,
	subgroups: exchange > 1,
	constants: ({ threads }) => ({ LANES: exchange > 1 ? exchange : threads, EXCHANGE: exchange }),
	tile: ({ rows, columns, threads }) => ({ m: rows, n: columns * (exchange > 1 ? exchange : threads) }),
});

/** Threads of the shared strategy across the tile's columns. */
const THREADS_J = 16;

const STRATEGIES: Readonly<Record<MatmulVariant["strategy"], Strategy>> = {
	direct: exchanging(1, swapNone),
	quad: exchanging(4, swapQuad),
	xor: exchanging(8, swapXor),
	shared: {
		kernel: shared,
		subgroups: false,
		constants: ({ threads }) => ({ THREADS_I: threads / THREADS_J, THREADS_J }),
		tile: ({ rows, columns, threads }) => ({ m: (rows * threads) / THREADS_J, n: columns * THREADS_J }),
	},
	block: {
		kernel: block,
		subgroups: false,
		constants: blockSizes,
		tile: blockTile,
	},
	split: {
		kernel: split,
		subgroups: false,
		constants: ({ threads }) => ({ THREADS: threads }),
		tile: ({ rows, columns }) => ({ m: rows, n: columns }),
	},
};

/** Storage of B in segment 0; the LAYOUT of matmul.wgsl. */
const Layout = { f32: 0, bf16: 1, pairsK: 2, pairsJ: 3, packed: 4, runsK: 5, runsJ: 6 } as const;

function layoutOf(storage: WeightFormat, b: Strided, { strategy, columns, unroll: steps }: MatmulVariant): number {
	if (storage === "f32") return Layout.f32;
	const packed = needsDequant(storage);
	const together = packed ? 4 : 2; // elements that one load gives
	const whole = (...numbers: readonly number[]) => numbers.every((number) => number % together === 0);
	if (strategy !== "shared" && strategy !== "split") {
		if (b.p === 1 && whole(b.q, b.base, steps)) return packed ? Layout.runsK : Layout.pairsK;
		if (b.q === 1 && whole(b.p, b.base, columns)) return packed ? Layout.runsJ : Layout.pairsJ;
	}
	return packed ? Layout.packed : Layout.bf16;
}

const written = new Map<string, KernelSpec>();

/** Included texts by number, which are short keys. */
const included = new Map<string, number>();
function numberOf(text: string): number {
	const number = included.get(text) ?? included.size;
	included.set(text, number);
	return number;
}

/** Operands are bound as single numbers. */
const SINGLE = { A0: "f32", B0: "u32", A1: "f32", B1: "f32", OUT: "f32" } as const;

/** The kernel, constants and workgroup tile of a variant for a product, on a device with these limits. */
export function variantKernel(chosen: MatmulVariant, product: Product, limits: Parameters<typeof fitBlock>[1]) {
	const matrix = chosen.strategy === "block" ? matrixForm(chosen, product, limits) : null;
	const variant = matrix?.variant ?? (chosen.strategy === "block" ? fitBlock(chosen, limits) : chosen);
	const { swap, subgroups, constants, tile } = STRATEGIES[variant.strategy];
	const kernel =
		matrix === null
			? STRATEGIES[variant.strategy].kernel
			: { ...block, name: "matmul-matrix", source: common + matrixSource(matrix.wgsl) };
	const { rows, columns, unroll: steps } = variant;
	const { storageB, transposeB, segments } = product;
	const [{ b, k }] = segments;
	const sizes = { ROWS: rows, COLUMNS: columns, UNROLL: steps, ...constants(variant), ...matrix?.sizes };
	const form =
		matrix ??
		(variant.strategy === "block"
			? blockForm(variant, product)
			: {
					constants: {
						...SINGLE,
						LAYOUT: layoutOf(storageB, b, variant),
						ROWS_J: needsDequant(storageB) && transposeB,
						...(swap === undefined ? {} : { REMAINDER: k % steps !== 0 || product.liveK }),
					},
					includes: [...dequantSources(storageB), ...(swap === undefined ? [] : [swap])],
				});
	const precision = precisionSources(product.half, variant.strategy === "block" && matrix === null);
	const includes = [...precision.includes, ...form.includes];
	const key = JSON.stringify([kernel.name, variant.strategy, sizes, includes.map(numberOf)]);
	let spec = written.get(key);
	if (spec === undefined) {
		spec = {
			...kernel,
			source: unroll(kernel.source, sizes),
			includes,
			...(matrix?.subgroupSize === undefined ? {} : { subgroupSize: matrix.subgroupSize }),
			features: matrix?.features ?? [...precision.features, ...(subgroups ? (["subgroups"] as const) : [])],
		};
		written.set(key, spec);
	}
	return { spec, constants: { ...sizes, ...precision.constants, ...form.constants }, tile: tile(variant) };
}
