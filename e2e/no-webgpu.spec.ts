// Without WebGPU the page says what is missing and what to do, in the reader's language.
import { clean } from "./axe.ts";
import { expect, test } from "./test.ts";

test("without navigator.gpu the page says so and offers a retry", async ({ page }) => {
	await page.addInitScript(() =>
		Object.defineProperty(Navigator.prototype, "gpu", { configurable: true, get: () => undefined }),
	);
	await page.goto("/");
	await expect(page.getByRole("heading", { name: "WebGPU is not available in this browser" })).toBeVisible();
	await expect(page.getByText("chrome://gpu")).toBeVisible();
	await expect(page.getByText(/Chrome or Edge 113/)).toBeVisible();
	await expect(page.getByRole("button", { name: "Retry" })).toBeEnabled();
	await expect(page.getByRole("button", { name: "Start", exact: true })).toHaveCount(0);
	await clean(page, "no WebGPU");
	await page.getByRole("button", { name: "中文" }).click();
	await expect(page.getByRole("heading", { name: "这个浏览器没有可用的 WebGPU" })).toBeVisible();
	await expect(page).toHaveURL(/lang=zh/);
	await clean(page, "no WebGPU, zh");
});
