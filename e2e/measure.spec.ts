// "Measure this device": refused while a run trains, cancelled, completed and copied; the adapter in memory is the same afterwards.
import { clean, cleanWords } from "./axe.ts";
import { expect, test } from "./test.ts";

test("the device is measured and the result copied; not while a run trains, and it can be cancelled", async ({
	page,
	context,
}) => {
	await context.grantPermissions(["clipboard-read", "clipboard-write"]);
	await page.goto("/?steps=3");
	const start = page.getByRole("button", { name: "Start", exact: true });
	await expect(start).toBeEnabled({ timeout: 60_000 });
	const open = page.getByRole("button", { name: "Measure this device" });
	const dialog = page.getByRole("dialog", { name: "Measure this device" });
	const measure = dialog.getByRole("button", { name: /^Measure/ });

	await start.click();
	await open.click();
	await expect(dialog).toContainText("A run is training");
	await expect(measure).toBeDisabled();
	await page.keyboard.press("Escape");
	await expect(page.getByRole("status")).toContainText("finished", { timeout: 120_000 });
	const adapter = page.getByRole("button", { name: "Download adapter" });
	await expect(adapter).toBeEnabled();

	await open.click();
	await measure.click();
	await dialog.getByRole("button", { name: "Cancel" }).click();
	await expect(dialog.getByRole("progressbar")).toHaveCount(0, { timeout: 120_000 });
	await expect(dialog.getByRole("table")).toHaveCount(0);

	await measure.click();
	await expect(dialog.getByRole("progressbar", { name: "Measuring" })).toBeVisible();
	await expect(dialog.getByRole("table").first()).toBeVisible({ timeout: 180_000 });
	await expect(dialog.getByRole("row", { name: /^frozen forward/ })).toContainText(/GFLOPS\s*\d+\.\d %/);
	await clean(page, "the device measured");
	await dialog.getByRole("button", { name: "Copy as JSON" }).click();
	await expect(dialog.getByRole("button", { name: "Copied" })).toBeVisible();
	const copied = () => page.evaluate(() => navigator.clipboard.readText());
	const report = JSON.parse(await copied());
	expect(report.step.tokens_per_second).toBeGreaterThan(0);
	expect(report.peak.gflops).toBeGreaterThan(0);
	expect(report.agent).toContain("Chrome");
	await dialog.getByRole("button", { name: "Copy as Markdown" }).click();
	await expect.poll(copied).toContain("### LoRA step");
	await page.keyboard.press("Escape");
	await expect(open).toBeFocused();
	await expect(adapter).toBeEnabled();

	await page.getByRole("button", { name: "中文" }).click();
	await page.getByRole("button", { name: "测量本设备" }).click();
	await expect(page.getByRole("dialog", { name: "测量本设备" }).getByRole("table").first()).toBeVisible();
	await cleanWords(page, "the device measured, Chinese");
});
