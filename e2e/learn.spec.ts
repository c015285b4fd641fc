// The Learn page: the rank of a picture, costs from the model's shapes, an adapter trained, measured and cut, and a link to a
// step.
import { approximation, decompose, drawn, errorLeft } from "../app/features/learn/demo-image.ts";
import { clean, cleanInBoth } from "./axe.ts";
import { expect, type Page, test } from "./test.ts";

const MINUTE = 60_000;
const next = (page: Page) => page.getByRole("button", { name: "Next", exact: true }).click();
const slider = (page: Page) => page.getByRole("slider", { name: "Rank r" });

test("six steps, from a picture to a truncated adapter", async ({ page }) => {
	test.setTimeout(5 * MINUTE);
	await page.goto("/?r=1&steps=6");
	await expect(page.getByRole("button", { name: "Start", exact: true })).toBeEnabled({ timeout: MINUTE });
	await page.getByRole("tab", { name: "Learn" }).click();
	const learn = page.getByRole("tabpanel", { name: "Learn" });

	const parts = await decompose(drawn("moon"));
	for (const rank of [3, 12]) {
		await slider(page).fill(String(rank));
		await expect(learn).toContainText(`Remaining error: ${(100 * errorLeft(parts, rank)).toFixed(1)}%`);
		await expect(learn).toContainText(`${rank * 96} numbers instead of`.replace(/\B(?=(\d{3})+ )/, ","));
	}
	// The canvas shows the approximation itself.
	const dot = await page
		.getByRole("img", { name: "B·A of rank 12" })
		.evaluate((canvas: HTMLCanvasElement) => [...(canvas.getContext("2d")?.getImageData(20, 17, 1, 1).data ?? [])]);
	const grey = 255 * approximation(parts, 12)[17 * 48 + 20];
	expect(Math.abs(dot[0] - grey)).toBeLessThanOrEqual(1);
	await expect(page).toHaveURL(/learn=1-moon-12/);
	await cleanInBoth(page, "a picture");

	await next(page);
	await expect(page.getByRole("heading", { name: "2. Why the base stays frozen" })).toBeFocused();
	await page.goBack();
	await expect(page.getByRole("heading", { name: "1. A matrix from few numbers" })).toBeVisible();
	await page.goForward();
	const trained = page.getByRole("row", { name: /Trainable parameters/ }).getByRole("cell");
	await expect(trained.nth(0)).toHaveText("20,352"); // r (d + k) over the bundled model's 42 matrices
	await expect(trained.nth(1)).toHaveText("2,755,008");
	await slider(page).fill("2");
	await expect(trained.nth(0)).toHaveText("40,704");
	await clean(page, "what training keeps");

	await next(page);
	await expect(learn).toContainText("There is no adapter in memory yet");
	await expect(learn).toContainText(/\d+ adapters of this rank/);
	await clean(page, "what is stored");

	await next(page);
	await slider(page).fill("1");
	await page.getByRole("button", { name: "Start", exact: true }).click();
	await expect(page.getByRole("status")).toContainText("finished", { timeout: 2 * MINUTE });
	await clean(page, "trained");

	await next(page);
	await page.getByRole("button", { name: "Measure", exact: true }).click();
	await expect(learn).toContainText(/Merged\s*\d+\.\d ms per token/, { timeout: MINUTE });
	await clean(page, "measured");

	await next(page);
	await expect(learn.getByRole("region", { name: "Spectrum" }).getByRole("row")).toHaveCount(7); // a head and six layers
	await page.getByRole("slider", { name: "Cut to" }).fill("0");
	await expect(learn).toContainText(/measured in \d+ ms/, { timeout: MINUTE });
	await clean(page, "cut");
	await page.getByRole("button", { name: "Show the noise" }).click();
	await expect(page).toHaveURL(/learn=1-noise-1/);
	await page.getByRole("tab", { name: "Compare" }).click();
	await expect(page).not.toHaveURL(/learn=/);
});

test("a link opens at its step, in Chinese, on a phone", async ({ page }) => {
	await page.setViewportSize({ width: 390, height: 800 });
	await page.goto("/?lang=zh&learn=1-stripes-2");
	await expect(page.getByRole("heading", { name: "1. 用少量数字表示矩阵" })).toBeVisible();
	await expect(page.getByText("剩余误差：矩阵的 0.0%")).toBeVisible();
	await expect(page.getByRole("button", { name: "条纹" })).toHaveAttribute("aria-pressed", "true");
	expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
	await clean(page, "on a phone");
});
