// Budgets of the page: size of its code, first paint, layout shifts while it loads and trains. (Long tasks during training:
// performance.spec.ts.) To add a budget: a constant here and a test that prints its value.
import { gzipSync } from "node:zlib";
import { expect, type Page, test } from "./test.ts";
import { expectPace } from "./timing.ts";

/** Scripts and style sheets of page and worker until Start is enabled, gzipped, in kilobytes of 1000 bytes. */
const CODE_KB = 350;
/** The same after opening every tab and switching to Chinese. */
const WHOLE_KB = 460;
/** Seconds until the first paint, served locally, with an empty cache. */
const FIRST_PAINT = 1.5;
/** Sum of all layout shifts without user input (https://web.dev/articles/cls counts only the worst burst). */
const LAYOUT_SHIFT = 0.05;

const start = (page: Page) => page.getByRole("button", { name: "Start", exact: true });

interface Shift {
	value: number;
	at: number;
	moved: string[];
}

/** Collects layout shifts from the start. */
async function collectShifts(page: Page): Promise<() => Promise<Shift[]>> {
	await page.addInitScript(() => {
		const shifts: Shift[] = [];
		Object.assign(globalThis, { shifts });
		const name = ({ node }: { node?: Node | null }) =>
			node instanceof Element ? `${node.tagName.toLowerCase()}.${node.className}` : String(node?.nodeName);
		new PerformanceObserver((list) => {
			for (const entry of list.getEntries()) {
				const shift = entry as PerformanceEntry & {
					value: number;
					hadRecentInput: boolean;
					sources: { node?: Node | null }[];
				};
				if (shift.hadRecentInput) continue;
				shifts.push({ value: shift.value, at: Math.round(shift.startTime), moved: shift.sources.map(name) });
			}
		}).observe({ type: "layout-shift", buffered: true });
	});
	return () => page.evaluate(() => (globalThis as unknown as { shifts: Shift[] }).shifts);
}

test(`page and worker together are under ${CODE_KB} kB of code, with every tab under ${WHOLE_KB}`, async ({
	page,
	context,
}) => {
	const sizes = new Map<string, Promise<number>>();
	context.on("response", (response) => {
		const path = new URL(response.url()).pathname;
		// Skips the service worker's requests, which fetch the same files again later.
		if (!/\.(js|css)$/.test(path) || response.request().serviceWorker() !== null || sizes.has(path)) return;
		sizes.set(
			path,
			response.body().then((body) => gzipSync(body).length / 1000),
		);
	});
	await page.goto("/");
	await expect(start(page)).toBeEnabled({ timeout: 60_000 });
	const sum = async () => (await Promise.all(sizes.values())).reduce((total, size) => total + size, 0);
	const first = await sum();
	console.log(`page code of a first visit: ${first.toFixed(0)} kB gzipped`);
	expect(first).toBeLessThan(CODE_KB);
	// Code that loads on demand.
	for (const tab of await page.getByRole("tab").all()) await tab.click();
	await page.getByRole("tab", { name: "Workspace", exact: true }).click();
	await page.getByRole("button", { name: "中文" }).click();
	await expect(page.getByRole("button", { name: "开始训练", exact: true })).toBeVisible();
	await page.waitForLoadState("networkidle");
	const files = await Promise.all([...sizes].map(async ([path, size]) => ({ path, size: await size })));
	const total = await sum();
	console.log(
		`page code: ${total.toFixed(0)} kB gzipped (${files.map(({ path, size }) => `${path} ${size.toFixed(0)}`).join(", ")})`,
	);
	expect(files.some(({ path }) => path.endsWith(".css"))).toBe(true);
	// At least the page's script and the worker's.
	expect(files.filter(({ path }) => path.endsWith(".js")).length).toBeGreaterThanOrEqual(2);
	expect(total).toBeLessThan(WHOLE_KB);
});

test(`the first paint is within ${FIRST_PAINT} s of a first visit`, { tag: "@paced" }, async ({ browser, watch }) => {
	const paints: number[] = [];
	for (let visit = 0; visit < 3; visit++) {
		const context = await browser.newContext(); // empty cache
		await watch(context);
		const page = await context.newPage();
		await page.goto("/");
		const paint = await page.evaluate(
			() =>
				new Promise<number>((resolve) => {
					new PerformanceObserver((list) => {
						const [entry] = list.getEntriesByName("first-contentful-paint");
						if (entry !== undefined) resolve(entry.startTime);
					}).observe({ type: "paint", buffered: true });
				}),
		);
		paints.push(paint / 1000);
		await context.close();
	}
	const median = [...paints].sort((a, b) => a - b)[1];
	console.log(`first contentful paint: ${paints.map((s) => s.toFixed(2)).join(", ")} s`);
	expectPace("first contentful paint, median", median, FIRST_PAINT, "s");
});

test("the layout does not shift while the page loads and trains", async ({ page }) => {
	test.setTimeout(180_000);
	const shifts = await collectShifts(page);
	await page.goto("/");
	await expect(start(page)).toBeEnabled({ timeout: 60_000 });
	await expect(page.getByRole("region", { name: "Base", exact: true })).toHaveAttribute("aria-busy", "false", {
		timeout: 60_000,
	});
	const loading = (await shifts()).length;
	await page.getByRole("spinbutton", { name: "Steps" }).fill("6");
	await start(page).click();
	await expect(page.getByRole("status")).toContainText("finished", { timeout: 120_000 });
	await page.waitForTimeout(1000);
	const all = await shifts();
	const sum = (list: Shift[]) => list.reduce((total, { value }) => total + value, 0);
	console.log(
		`layout shift: ${sum(all.slice(0, loading)).toFixed(4)} while loading, ${sum(all.slice(loading)).toFixed(4)} while training`,
	);
	for (const { value, at, moved } of all) console.log(`  ${value.toFixed(4)} at ${at} ms: ${moved.join(", ")}`);
	expect(sum(all)).toBeLessThan(LAYOUT_SHIFT);
});
