// The matrix units of a device, as far as strategy matrix can use them.
import memory from "../../shaders/matmul/matmul-matrix.wgsl?raw";
import multiply from "../../shaders/matmul/matmul-matrix-multiply.wgsl?raw";
import operations from "../../shaders/matmul/matmul-matrix-native.wgsl?raw";
import start from "../../shaders/matmul/matmul-matrix-start.wgsl?raw";
import sums from "../../shaders/matmul/matmul-matrix-sums.wgsl?raw";
import type { Gpu } from "../device/gpu.ts";
import { fitsTile } from "./matmul-matrix.ts";
import type { MatrixSizes, MatrixTexts, MatrixTypes, MatrixUnits } from "./tuning.ts";

export const MATRIX_WGSL: MatrixTexts = { memory, operations, start, multiply, sums };

/** An entry of `adapterInfo.subgroupMatrixConfigs`, which Chromium has behind a flag and Dawn with unsafe APIs. */
interface MatrixConfig {
	readonly componentType: string;
	readonly resultComponentType: string;
	readonly M: number;
	readonly N: number;
	readonly K: number;
}

/** The subgroup matrices of a device with float32 sums that a tile can be divided into; null if there are none. */
export function matrixUnits(gpu: Pick<Gpu, "adapterInfo" | "has">): MatrixUnits | null {
	if (!gpu.has("chromium-experimental-subgroup-matrix" as GPUFeatureName) || !gpu.has("subgroups")) return null;
	const { subgroupMinSize, subgroupMaxSize } = gpu.adapterInfo;
	const sized = gpu.has("subgroup-size-control" as GPUFeatureName);
	if (subgroupMinSize !== subgroupMaxSize && !sized) return null;
	const { subgroupMatrixConfigs = [] } = gpu.adapterInfo as { subgroupMatrixConfigs?: Iterable<MatrixConfig> };
	const sizesOf = (type: string): MatrixSizes | null => {
		const found = [...subgroupMatrixConfigs]
			.filter(({ componentType, resultComponentType }) => componentType === type && resultComponentType === "f32")
			.map(({ M, N, K }) => ({ m: M, n: N, k: K }))
			.find((sizes) => fitsTile(sizes, subgroupMinSize));
		return found ?? null;
	};
	const [f16, f32] = [gpu.has("shader-f16") ? sizesOf("f16") : null, sizesOf("f32")];
	return f16 === null && f32 === null ? null : { subgroup: subgroupMinSize, sized, f16, f32, wgsl: MATRIX_WGSL };
}

/** The units with the matrices of some types only; undefined without any. */
export function unitsOf(units: MatrixUnits, { f16, f32 }: MatrixTypes): MatrixUnits | undefined {
	return f16 || f32 ? { ...units, f16: f16 ? units.f16 : null, f32: f32 ? units.f32 : null } : undefined;
}
