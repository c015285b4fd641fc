// Failures while training: another tab already trains, the GPU process crashes. Each is reported, nothing hangs.
import { expect, type Page, test } from "./test.ts";

async function open(page: Page): Promise<void> {
	await page.goto("/");
	await expect(page.getByRole("button", { name: "Start", exact: true })).toBeEnabled({ timeout: 60_000 });
}

async function start(page: Page, steps: number): Promise<void> {
	await page.getByRole("spinbutton", { name: "Steps" }).fill(String(steps));
	await page.getByRole("button", { name: "Start", exact: true }).click();
}

test("a second tab reports that another one is training", async ({ page, context }) => {
	test.setTimeout(180_000);
	await open(page);
	const second = await context.newPage();
	await open(second);
	await start(page, 300);
	await expect(page.getByRole("status")).toContainText(/step \d/, { timeout: 60_000 });
	await start(second, 5);
	await expect(second.getByRole("region", { name: "Run" }).getByRole("alert")).toContainText(
		"Another tab is training",
		{ timeout: 30_000 },
	);
	await page.getByRole("button", { name: "Stop and keep" }).click();
	await expect(page.getByRole("status")).toContainText(/finished|stopped/, { timeout: 60_000 });
	// The first tab has finished, so the second may train.
	await second.getByRole("button", { name: "Start", exact: true }).click();
	await expect(second.getByRole("status")).toContainText("finished", { timeout: 90_000 });
});

test("a run whose GPU process crashes continues by itself", async ({ page, browser }) => {
	test.setTimeout(180_000);
	await open(page);
	await start(page, 300);
	await expect(page.getByRole("status")).toContainText(/step \d/, { timeout: 60_000 });
	const session = await browser.newBrowserCDPSession();
	void session.send("Browser.crashGpuProcess").catch(() => undefined);
	const run = page.getByRole("region", { name: "Run", exact: true });
	await expect(run.getByRole("note")).toContainText("The GPU was lost", { timeout: 60_000 });
	await expect(page.getByRole("status")).toContainText(/step \d/, { timeout: 60_000 });
	// A canvas loses its pixels with the GPU process.
	const drawn = () =>
		page.evaluate(() => {
			const canvas = document.querySelector("canvas");
			const pixels = canvas?.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
			return pixels.some((value) => value !== 0);
		});
	await expect.poll(drawn).toBe(true);
	await page.getByRole("button", { name: "Stop and keep" }).click();
	await expect(page.getByRole("status")).toContainText("stopped", { timeout: 60_000 });
});
