// A first-order estimate of the time of dispatches on a GPU, from its assembly. It knows no caches, no bank conflicts and no
// overlap of dispatches, and assumes that all lanes share the work evenly: use it to compare kernels and to find those that
// leave a GPU idle, not to promise milliseconds.
import type { LoopCounts } from "./assembly.ts";
import type { CapturedCall } from "./capture.ts";
import type { Compiled } from "./compile.ts";

export interface GpuModel {
	readonly name: string;
	readonly simds: number;
	/** Threads of a wave. */
	readonly wave: number;
	readonly ghz: number;
	/** Memory bandwidth, GB/s. */
	readonly gbps: number;
	/** Cycles of a load from memory. */
	readonly latency: number;
	/** Multiply-adds that a SIMD unit issues in a cycle. */
	readonly lanes: number;
}

export const GPUS: Readonly<Record<string, GpuModel>> = {
	navi33: { name: "RX 7600", simds: 64, wave: 32, ghz: 2.25, gbps: 288, latency: 500, lanes: 32 },
	navi21: { name: "RX 6800", simds: 120, wave: 32, ghz: 2.1, gbps: 512, latency: 500, lanes: 32 },
	polaris10: { name: "RX 580", simds: 144, wave: 64, ghz: 1.34, gbps: 256, latency: 600, lanes: 16 },
};

/** f32 multiply-adds without dual issue, FLOPS. */
export const peakFlops = ({ simds, lanes, ghz }: GpuModel): number => simds * lanes * 2 * ghz * 1e9;

/** Cycles of the smallest dispatch. */
const LAUNCH_CYCLES = 2000;

export interface CallEstimate {
	readonly ms: number;
	/** Waves that the dispatch offers to a SIMD unit. */
	readonly wavesPerSimd: number;
}

/** @param size threads of a workgroup */
export function estimate(
	gpu: GpuModel,
	call: CapturedCall,
	size: number,
	loop: LoopCounts,
	made: Compiled,
): CallEstimate {
	const groups = call.workgroups.reduce((a, b) => a * b, 1);
	const waves = groups * Math.ceil(size / gpu.wave);
	const trips = loop.fma > 0 ? call.flops / 2 / (groups * size) / loop.fma : 0;
	const issuedPerTrip = loop.valu * (gpu.wave / gpu.lanes) + loop.salu * 0.5 + loop.ldsWords * 2 + loop.globalWords * 4;
	const rounds = Math.ceil(waves / (gpu.simds * made.wavesPerSimd));
	const issue = (trips * issuedPerTrip * waves) / gpu.simds;
	const chain = trips * (issuedPerTrip + loop.waits * gpu.latency) * rounds;
	const cycles = Math.max(issue, chain, LAUNCH_CYCLES);
	return {
		ms: Math.max(cycles / gpu.ghz / 1e6, call.bytes / gpu.gbps / 1e6),
		wavesPerSimd: waves / gpu.simds,
	};
}

/** Threads of a workgroup, from `@workgroup_size` and the constants that it names. */
export function workgroupSize(text: string): number {
	const found = /@workgroup_size\(([^)]*)\)/.exec(text);
	if (found === null) throw new Error("a shader without @workgroup_size");
	return found[1]
		.split(",")
		.filter((part) => part.trim() !== "")
		.reduce((product, part) => product * evaluate(text, part.trim()), 1);
}

/** A product of numbers and names of constants. */
function evaluate(text: string, expression: string): number {
	return expression.split("*").reduce((product, part) => {
		const name = part.trim();
		const value = Number(name.replace(/u$/, ""));
		if (!Number.isNaN(value)) return product * value;
		const found = new RegExp(`(?:const|override)\\s+${name}\\s*(?::\\s*u32)?\\s*=\\s*([^;]+);`).exec(text);
		if (found === null) throw new Error(`no constant ${name}`);
		return product * evaluate(text, found[1]);
	}, 1);
}
