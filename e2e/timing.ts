// Times are printed in every run for people to judge: a busy machine takes twice as long for the same work, and a test must
// not fail for that. A time several times over its limit fails.
import { expect, type Page } from "./test.ts";

/** How many times its limit a measured time may be before a test fails. */
const SLACK = 3;

/** Prints a time and its limit, and fails only if it exceeds the limit `SLACK` times. */
export function expectPace(what: string, measured: number, bar: number, unit: "s" | "ms"): void {
	const digits = unit === "s" ? 1 : 0;
	console.log(
		`${what}: ${measured.toFixed(digits)} ${unit}, ${measured <= bar ? "within" : "OVER"} its ${bar} ${unit}`,
	);
	expect(measured, what).toBeLessThan(SLACK * bar);
}

/** The longest main-thread task allowed while the engine works, in milliseconds; browsers report tasks above it. */
const LONG_TASK = 50;

/**
 * Watches the page's main thread from now on. Until the result is read, query the page only through handles and CSS:
 * finding an element by role runs a hundred milliseconds of script in that thread.
 */
export async function watchLongTasks(page: Page): Promise<(what: string) => Promise<void>> {
	await page.evaluate(() => {
		const tasks: number[] = [];
		new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
			type: "longtask",
		});
		Object.assign(globalThis, { longTasks: tasks });
	});
	return async (what) => {
		const tasks = await page.evaluate(() => (globalThis as unknown as { longTasks: number[] }).longTasks);
		expectPace(`longest of ${tasks.length} long tasks ${what}`, Math.max(0, ...tasks), LONG_TASK, "ms");
	};
}
