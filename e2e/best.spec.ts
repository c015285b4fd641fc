// A run that keeps its best weights: the page says which are in memory, switches to the others, and says that it stopped early.
import { expect, test } from "./test.ts";

test("a run that stops early ends with its best weights; the last ones can be selected", async ({ page }) => {
	// A rate that is too high: the held-out loss soon rises.
	await page.goto(
		"/?max_steps=40&eval_steps=1&learning_rate=0.05&early_stopping_patience=2&load_best_model_at_end=true",
	);
	const start = page.getByRole("button", { name: "Start", exact: true });
	await expect(start).toBeEnabled({ timeout: 60_000 });
	await start.click();
	await expect(page.getByRole("status")).toContainText("finished", { timeout: 180_000 });
	const result = page.getByText(/^Stopped early at step \d+ of 40\. Best eval_loss: /);
	await expect(result).toContainText(/The best weights, of step \d+, are in memory\./);
	await page.getByRole("button", { name: /^Use the last weights, of step \d+$/ }).click();
	await expect(result).toContainText(/The last weights, of step \d+, are in memory\./);
	await expect(page.getByRole("button", { name: /^Use the best weights/ })).toBeVisible();
});
