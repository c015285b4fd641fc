// Default variants per device class. Software adapters: measured on SwiftShader and lavapipe (bench/README.md). GPUs:
// estimated from the assembly for AMD GPUs (bench/README.md, gpu-lab). To add a class, add a table here and a branch to `detectClass`.
import type { DeviceInfo } from "../api.ts";
import type { Gpu } from "../device/gpu.ts";
import type { Pipelines } from "./pipelines.ts";
import { exchangeLanes } from "./subgroup-lanes.ts";
import {
	type AttentionTiles,
	type ByKind,
	type MatmulVariant,
	type Tuning,
	type TuningTable,
	tuningOf,
} from "./tuning.ts";

export type DeviceClass = "gpu" | "software" | "lanes4" | "lanes8";

const variant = (
	strategy: MatmulVariant["strategy"],
	rows: number,
	columns: number,
	unroll: number,
	threads: number,
): MatmulVariant => ({
	strategy,
	rows,
	columns,
	unroll,
	threads,
});

/** @param splits groups of `threads` in a workgroup that share the K loop */
const block = (rows: number, columns: number, unroll: number, threads: number, splits: number): MatmulVariant => ({
	...variant("block", rows, columns, unroll, threads),
	splits,
});

/** The first of each list is the default; another one replaces it if it is measured to be faster. */
export const CANDIDATES: Readonly<Record<DeviceClass, ByKind<readonly [MatmulVariant, ...MatmulVariant[]]>>> = {
	gpu: {
		wide: [
			block(8, 8, 16, 64, 1),
			block(8, 4, 16, 128, 1),
			block(4, 4, 16, 256, 1),
			variant("shared", 4, 4, 16, 256),
			variant("direct", 8, 4, 4, 64),
		],
		medium: [
			block(8, 8, 16, 64, 2),
			block(8, 4, 16, 128, 1),
			block(4, 4, 16, 64, 2),
			variant("shared", 4, 4, 16, 256),
			variant("direct", 4, 4, 4, 64),
		],
		small: [
			block(8, 4, 16, 64, 4),
			block(4, 4, 16, 64, 4),
			variant("shared", 4, 4, 16, 64),
			variant("direct", 4, 4, 4, 64),
		],
		narrow: [
			block(4, 4, 16, 16, 8),
			block(4, 4, 8, 16, 16),
			variant("shared", 1, 4, 16, 256),
			variant("direct", 8, 1, 4, 64),
		],
		few: [variant("split", 1, 4, 2, 64), variant("split", 1, 1, 2, 64), variant("direct", 1, 1, 4, 64)],
	},
	software: {
		wide: [variant("direct", 4, 4, 4, 8)],
		narrow: [variant("direct", 4, 4, 4, 8)],
		few: [variant("direct", 1, 4, 4, 8)],
	},
	lanes4: {
		// The first is a tenth slower than the second and compiles in half the time, for models that train in a minute.
		wide: [variant("quad", 16, 4, 4, 4), variant("quad", 16, 8, 4, 4), variant("quad", 32, 8, 4, 4)],
		narrow: [variant("quad", 16, 4, 4, 4), variant("quad", 16, 8, 4, 4)],
		few: [variant("direct", 1, 4, 4, 4), variant("direct", 1, 8, 4, 4)],
	},
	lanes8: {
		wide: [variant("xor", 16, 4, 4, 8), variant("xor", 32, 4, 4, 8)],
		narrow: [variant("xor", 16, 4, 4, 8), variant("xor", 8, 4, 4, 8)],
		few: [variant("direct", 1, 8, 4, 8), variant("direct", 1, 4, 4, 8)],
	},
};

export function defaultTable(device: DeviceClass): TuningTable {
	const { few, narrow, small, medium, wide } = CANDIDATES[device];
	return {
		few: few[0],
		narrow: narrow[0],
		...(small === undefined ? {} : { small: small[0] }),
		...(medium === undefined ? {} : { medium: medium[0] }),
		wide: wide[0],
	};
}

/** The class of a device by its name only; its variants do not need subgroups. */
function plainClass(info: Pick<DeviceInfo, "software">): DeviceClass {
	return info.software ? "software" : "gpu";
}

/** Determines the class of a device by testing its subgroup lanes. */
export async function detectClass(gpu: Gpu, pipelines: Pipelines): Promise<DeviceClass> {
	const lanes = await exchangeLanes(gpu, pipelines);
	if (lanes === 4) return "lanes4";
	return lanes === 8 ? "lanes8" : plainClass(gpu.info);
}

/** Larger tiles feed more products per load, and take longer to compile. */
const ATTENTION: Partial<Record<DeviceClass, AttentionTiles>> = {
	lanes4: {
		threads: 8,
		forward: { queries: 4, keys: 4 },
		gradientQ: { queries: 4, keys: 4 },
		gradientKv: { queries: 8, keys: 4 },
	},
	lanes8: {
		threads: 8,
		forward: { queries: 8, keys: 8 },
		gradientQ: { queries: 8, keys: 8 },
		gradientKv: { queries: 8, keys: 8 },
	},
};

/** Queries of a block of attention, by default. */
const ATTENTION_QUERIES = 32;

/** A class's tuning with the given matmul variants and, on GPUs, the given blocks of attention. */
export function tuningFor(device: DeviceClass, table: TuningTable, attentionQueries = ATTENTION_QUERIES): Tuning {
	const tiles = ATTENTION[device];
	return {
		...tuningOf(table),
		...(tiles === undefined ? {} : { attention: () => tiles }),
		...(device === "gpu" ? { attentionQueries, mergeDispatches: true, rowThreads: 256 } : {}),
	};
}
