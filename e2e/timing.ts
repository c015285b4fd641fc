// Times that a person feels are read in every run and judged by whoever reads it: a machine that is busy takes twice as
// long for the same work, and a test must not fail for that. What is several times over its bar is a fault of ours.
import { expect, type Page } from "./test.ts";

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

/** The longest task the main thread may have while the engine works, in milliseconds: browsers report those over it. */
const LONG_TASK = 50;

/**
 * Watches the page's main thread from now on. Until the answer is called, ask the page through handles and CSS alone:
 * finding an element by its role is script of the test's own in that thread, a hundred milliseconds of it.
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
