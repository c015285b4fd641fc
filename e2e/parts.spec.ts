// Parts of the page whose code does not load: an error takes their place, and the rest of the page keeps working.
import { expect, test } from "./test.ts";

test("a tab whose code does not load shows an error, the run continues, and Try again opens the tab", async ({
	page,
}) => {
	await page.goto("/");
	const start = page.getByRole("button", { name: "Start", exact: true });
	await expect(start).toBeEnabled({ timeout: 60_000 });
	await start.click();
	await expect(page.getByRole("status")).toContainText(/step [1-9]/, { timeout: 60_000 });
	await page.route("**/assets/**", (route) => route.fulfill({ status: 404, body: "Not found" }));
	await page.getByRole("tab", { name: "Learn" }).click();
	const missing = page.getByRole("tabpanel", { name: "Learn" }).getByRole("alert");
	await expect(missing).toContainText("This part of the page did not load");
	await expect(missing.getByRole("button", { name: "Reload" })).toBeVisible();
	await page.unroute("**/assets/**");
	await missing.getByRole("button", { name: "Try again" }).click();
	await expect(page.getByRole("tabpanel", { name: "Learn" }).getByRole("heading").first()).toBeVisible();
	await expect(missing).toHaveCount(0);
	await page.getByRole("tab", { name: "Workspace", exact: true }).click();
	await expect(page.getByRole("status")).toContainText("finished", { timeout: 120_000 });
});
