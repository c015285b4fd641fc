// Checks and times candidates for the same work within a time budget, for autotuning. A candidate that does not compile or
// computes wrong values is dropped. A challenger replaces the default only when it is clearly faster: for short kernels, the
// minimum of a few runs can be off by a third.
import type { KernelCall } from "./kernel.ts";
import type { Pipelines } from "./pipelines.ts";
import type { StepScalars } from "./step.ts";
import { timeInterleaved } from "./timing.ts";

/** A challenger must take less than this share of the default's time. */
const CLEARLY_FASTER = 1 / 1.08;

/** Why a candidate was dropped; null if it was not. */
export type Dropped = "does not compile" | "wrong values" | null;

export interface Measured<Variant> {
	readonly variant: Variant;
	/** Null if the candidate was not timed. */
	readonly milliseconds: number | null;
	readonly dropped: Dropped;
}

export interface Clock {
	readonly deadline: number;
	now(): number;
	/** The longest time that a candidate took to compile and check. */
	longest: number;
}

export interface Work<Variant> {
	check(variant: Variant): Promise<Dropped>;
	/** Sizes of the buffers that the calls name by index, bytes. */
	readonly buffers: readonly number[];
	calls(variant: Variant): KernelCall[];
	readonly step?: Partial<StepScalars>;
}

/** Returns the first candidate that was not dropped, unless another is clearly faster; the last resort if all were dropped. */
export function choose<Variant>(results: readonly Measured<Variant>[], lastResort: Variant): Variant {
	const usable = results.filter(({ dropped }) => dropped === null);
	if (usable.length === 0) return lastResort;
	const timed = usable.flatMap(({ variant, milliseconds }) =>
		milliseconds === null ? [] : [{ variant, milliseconds }],
	);
	const [first] = usable;
	if (first.milliseconds === null || timed.length === 0) return first.variant;
	const fastest = timed.reduce((best, one) => (one.milliseconds < best.milliseconds ? one : best));
	return fastest.milliseconds < first.milliseconds * CLEARLY_FASTER ? fastest.variant : first.variant;
}

/** @param onChecked receives the number of candidates that were checked */
export async function measureCandidates<Variant>(
	pipelines: Pipelines,
	variants: readonly Variant[],
	work: Work<Variant>,
	clock: Clock,
	onChecked: (count: number) => void,
): Promise<{ results: Measured<Variant>[]; outOfTime: boolean }> {
	const results: Measured<Variant>[] = variants.map((variant) => ({ variant, milliseconds: null, dropped: null }));
	const checked: number[] = [];
	for (const [i, variant] of variants.entries()) {
		const started = clock.now();
		// A compilation cannot be cancelled, so one that would probably exceed the budget is not started.
		if (clock.deadline - started < clock.longest) break;
		const dropped = await within(work.check(variant), clock.deadline - started);
		if (dropped === TOO_LATE) break;
		clock.longest = Math.max(clock.longest, clock.now() - started);
		results[i] = { ...results[i], dropped };
		if (dropped === null) checked.push(i);
		onChecked(i + 1);
	}
	if (checked.length > 1) {
		const times = await within(
			time(
				pipelines,
				work,
				checked.map((i) => variants[i]),
				clock,
			),
			clock.deadline - clock.now(),
		);
		if (times !== TOO_LATE)
			for (const [c, i] of checked.entries()) results[i] = { ...results[i], milliseconds: times[c] };
	}
	const usable = results.filter(({ dropped }) => dropped === null);
	return { results, outOfTime: usable.length > 1 && usable.some(({ milliseconds }) => milliseconds === null) };
}

/** @returns null for candidates that were not timed before the deadline */
async function time<Variant>(
	pipelines: Pipelines,
	work: Work<Variant>,
	variants: readonly Variant[],
	{ deadline, now }: Clock,
): Promise<(number | null)[]> {
	const { gpu } = pipelines;
	const buffers = work.buffers.map((bytes) => gpu.storage("autotune", bytes));
	try {
		const candidates = variants.map((variant, i) => ({ name: String(i), calls: work.calls(variant) }));
		const timings = await timeInterleaved(pipelines, buffers, candidates, {
			step: work.step,
			until: { time: deadline, now },
		});
		return timings.map(({ milliseconds }) => (Number.isFinite(milliseconds) ? milliseconds : null));
	} finally {
		for (const buffer of buffers) gpu.destroyBuffer(buffer);
	}
}

const TOO_LATE = Symbol("too late");

/** The result of `work`, or TOO_LATE when it takes longer; it then ends in the background. */
async function within<T>(work: Promise<T>, milliseconds: number): Promise<T | typeof TOO_LATE> {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const late = new Promise<typeof TOO_LATE>((resolve) => {
		timer = setTimeout(() => resolve(TOO_LATE), Math.max(0, milliseconds));
	});
	work.catch(() => undefined);
	try {
		return await Promise.race([work, late]);
	} finally {
		clearTimeout(timer);
	}
}
