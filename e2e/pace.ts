// Times that a person feels are read in every run and judged by whoever reads it: a machine that is busy takes twice as
// long for the same work, and a test must not fail for that. What is several times over its bar is a fault of ours.
import { expect } from "./test.ts";

/** How much slower than its bar a measured time may be before a test fails. */
const SLACK = 3;

/** Prints a time beside its bar, in the bar's unit, and fails only when it is `SLACK` times over. */
export function expectPace(what: string, measured: number, bar: number, unit: "s" | "ms"): void {
	const digits = unit === "s" ? 1 : 0;
	console.log(
		`${what}: ${measured.toFixed(digits)} ${unit}, ${measured <= bar ? "within" : "OVER"} its ${bar} ${unit}`,
	);
	expect(measured, what).toBeLessThan(SLACK * bar);
}
