// The constants of strategy block (matmul-block.wgsl): the tile, and how each operand of a product can be read.
import mainSource from "../../shaders/matmul/matmul-block.wgsl?raw";
import memorySource from "../../shaders/matmul/matmul-block-memory.wgsl?raw";
import halfMemorySource from "../../shaders/matmul/matmul-block-memory-half.wgsl?raw";
import multiplySource from "../../shaders/matmul/matmul-block-multiply.wgsl?raw";
import segmentSource from "../../shaders/matmul/matmul-block-segment.wgsl?raw";
import splitsSource from "../../shaders/matmul/matmul-block-splits.wgsl?raw";
import storeElements from "../../shaders/matmul/matmul-store-elements.wgsl?raw";
import storeRun from "../../shaders/matmul/matmul-store-run.wgsl?raw";
import { runSource } from "./dequant.ts";
import type { ConstantValue } from "./kernel.ts";
import type { Strided } from "./matmul-operands.ts";
import type { HalfOperands } from "./matmul-precision.ts";
import type { MatmulVariant, MatrixTexts, MatrixUnits } from "./tuning.ts";
import { needsDequant, type WeightFormat } from "./weight-format.ts";

/** A product as the kernel computes it: skinny ones are transposed already. */
export interface Product {
	readonly m: number;
	readonly n: number;
	readonly storageB: WeightFormat;
	/** Whether rows of the stored B are columns of op(B). */
	readonly transposeB: boolean;
	readonly segments: readonly ProductSegment[]; // 1 or 2
	/** out[i, j] is at base + slot·step.slot_tokens + i·p + j·q. */
	readonly out: Strided;
	readonly live: boolean;
	/** Whether the live rows limit the K loop of segment 0. */
	readonly liveK: boolean;
	readonly biased: boolean;
	readonly accumulate: boolean;
	/** Null in float32. */
	readonly half: HalfOperands | null;
	/** The device's matrix units, if they are used. */
	readonly matrix?: MatrixUnits;
}

export interface ProductSegment {
	readonly a: Strided; // p along i, q along k
	readonly b: Strided; // p along k, q along j
	readonly k: number;
	readonly scaled: boolean;
}

/** Threads along i and along j, and the tile, nearly square. */
export function blockTile({ rows, columns, threads }: MatmulVariant) {
	const threadsJ = 2 ** Math.ceil(Math.log2(Math.sqrt((threads * rows) / columns)));
	const threadsI = threads / threadsJ;
	return { threadsI, threadsJ, m: threadsI * rows, n: threadsJ * columns };
}

/** Constants that the unrolled text depends on. */
export function blockSizes(variant: MatmulVariant): Record<string, number> {
	const { rows, columns, threads, unroll, splits = 1 } = variant;
	const { threadsI, threadsJ, m, n } = blockTile(variant);
	const staged = (splits * unroll * (m + n)) / 4;
	const sums = ((splits / 2) * rows * columns * threads) / 4;
	return { THREADS_I: threadsI, THREADS_J: threadsJ, SPLITS: splits, SHARED_QUADS: Math.max(staged, sums) };
}

export interface BlockLimits {
	readonly maxComputeInvocationsPerWorkgroup: number;
	readonly maxComputeWorkgroupStorageSize: number; // bytes
}

/** The variant with fewer splits or steps, if the workgroup would exceed the device's limits. */
export function fitBlock(variant: MatmulVariant, limits: BlockLimits): MatmulVariant {
	const { splits = 1, threads, unroll } = variant;
	if (threads * splits > limits.maxComputeInvocationsPerWorkgroup)
		return fitBlock({ ...variant, splits: splits / 2 }, limits);
	if (16 * blockSizes(variant).SHARED_QUADS <= limits.maxComputeWorkgroupStorageSize) return variant;
	if (unroll > 4) return fitBlock({ ...variant, unroll: unroll / 2 }, limits);
	return splits > 1 ? fitBlock({ ...variant, splits: splits / 2 }, limits) : variant;
}

const whole = (...numbers: readonly number[]) => numbers.every((number) => number % 4 === 0);

/** How quads of an operand are read, which are along K where K is contiguous or nothing is. */
function reads({ base, slot }: Strided, alongK: number, across: number, edge: number) {
	const along = alongK === 1 || across !== 1;
	const run = along ? alongK === 1 && whole(base, slot, across) : whole(base, slot, alongK, edge);
	return { along, run, edge: run && !along ? 4 : 1 };
}

/** Whether floats at any index can be read by two vec4s each: of a contiguous operand that ends with a whole vec4. */
function shifted({ base, slot, p, q }: Strided, rows: number, columns: number): boolean {
	if (slot !== 0 || (p !== 1 && q !== 1)) return false;
	return whole(base + (q === 1 ? rows * p : columns * q));
}

const NO_SEGMENT_1 = {
	A1_ALONG_K: false,
	A1_RUN: false,
	A1_EDGE: 1,
	A1: "f32",
	B1_ALONG_K: false,
	B1_RUN: false,
	B1_EDGE: 1,
	B1: "f32",
	SCALED1: false,
	WHOLE_K1: true,
} as const;

const segment = (number: number, multiply: string) =>
	segmentSource.replace("\t\t\t\tmultiplySEG();\n", () => multiply).replaceAll("SEG", String(number));

const kernelText = (segment0: string, segment1: string, splits: string) =>
	mainSource
		.replace("\tsegment0();\n", () => segment0)
		.replace("\tsegment1();\n", () => segment1)
		.replace("\tadd_splits();\n", () => splits);

/** The text of the kernel. */
export const blockSource = kernelText(segment(0, multiplySource), segment(1, multiplySource), splitsSource);

/** The text of strategy matrix, for products of one segment. */
export const matrixSource = ({ start, multiply, sums }: MatrixTexts) =>
	kernelText(start + segment(0, multiply) + sums, "", "");

/** All texts of the strategy. */
export const blockText = [blockSource, memorySource, halfMemorySource, storeElements, storeRun].join("\n");

/**
 * The constants and included texts for a product.
 * @param memory texts of the workgroup memory; by default those of strategy block
 */
export function blockForm(variant: MatmulVariant, product: Product, memory?: readonly string[]) {
	const { m, n, storageB, transposeB, segments, out, live, liveK, biased, accumulate, half } = product;
	const constants: Record<string, ConstantValue> = { PARTS: segments.length };
	segments.forEach(({ a, b, k, scaled }, s) => {
		const [readA, readB] = [reads(a, a.q, a.p, m), reads(b, b.p, b.q, n)];
		const shiftA = s === 0 && !readA.run && shifted(a, m, k);
		if (s === 0) constants.A0_SHIFTED = shiftA;
		// Quantised rows are contiguous in the stored matrix's direction alone.
		const packed = s === 0 && needsDequant(storageB) && readB.along !== transposeB;
		Object.assign(constants, {
			[`A${s}_ALONG_K`]: readA.along,
			[`A${s}_RUN`]: readA.run,
			[`A${s}_EDGE`]: readA.edge,
			[`A${s}`]: readA.run || shiftA ? "vec4f" : "f32",
			[`B${s}_ALONG_K`]: readB.along,
			[`B${s}_RUN`]: readB.run && !packed,
			[`B${s}_EDGE`]: packed ? 1 : readB.edge,
			[`B${s}`]: readB.run ? "vec4f" : "f32",
			[`SCALED${s}`]: scaled && (s > 0 || half === null), // in mixed precision the sums are scaled
			[`WHOLE_K${s}`]: k % variant.unroll === 0 && !(s === 0 && liveK),
		});
	});
	if (segments.length === 1) Object.assign(constants, NO_SEGMENT_1);
	const b0 = runSource(storageB, constants.B0_RUN === true);
	const alongJ = out.q === 1 || out.p !== 1;
	const outRun = alongJ
		? out.q === 1 && whole(out.base, out.slot, out.p, n)
		: whole(out.base, out.slot, out.q, m) && (!live || liveK);
	return {
		constants: {
			...constants,
			B0: b0.element,
			LAYOUT: storageB === "f32" ? 0 : 1, // for floats that are read one by one
			ROWS_J: transposeB,
			OUT: outRun ? "vec4f" : "f32",
			OUT_ALONG_J: alongJ,
			BIASED: biased,
			ACCUMULATE: accumulate,
		},
		includes: [
			...b0.sources,
			...(memory ?? [half === null ? memorySource : halfMemorySource]),
			outRun ? storeRun : storeElements,
		],
	};
}
