// Runs are kept on the device: after a reload the page offers to resume from the checkpoint, and the table opens, renames,
// plots, deletes and restores runs.
import { cleanInBoth } from "./axe.ts";
import { TAUGHT } from "./short-rows.ts";
import { expect, type Page, sees, test } from "./test.ts";

async function open(page: Page): Promise<void> {
	await page.goto("/");
	await expect(page.getByRole("button", { name: "Start", exact: true })).toBeEnabled({ timeout: 60_000 });
}
const status = (page: Page) => page.getByRole("status");
const table = (page: Page) => page.getByRole("region", { name: "Runs" });

test("pause, reload, resume to the end; then the table of runs", async ({ page }) => {
	test.setTimeout(300_000);
	await open(page);
	await page.getByRole("spinbutton", { name: "Steps" }).fill("30");
	await page.getByRole("button", { name: "Start", exact: true }).press("Enter");
	await sees(page, /step [4-9]\/30/, 90_000);
	await expect(page.getByRole("button", { name: "Pause" })).toBeFocused();
	await page.getByRole("button", { name: "Pause" }).click();
	await expect(page.getByRole("button", { name: "Resume" })).toBeVisible({ timeout: 30_000 });
	const at = Number(/step (\d+)/.exec((await status(page).textContent()) ?? "")?.[1]);
	// Wait until the checkpoint of the pause is written.
	const checkpoint = () => page.evaluate(async () => (await globalThis.tabtune.engine?.runs())?.at(0)?.checkpoint ?? 0);
	await expect.poll(checkpoint, { timeout: 30_000 }).toBeGreaterThanOrEqual(at);

	page.on("dialog", (dialog) => void dialog.accept());
	await page.reload();
	await expect(page.getByRole("alert").filter({ hasText: "was interrupted" })).toBeVisible({ timeout: 60_000 });
	await cleanInBoth(page, "a run that was interrupted is offered");
	await page.getByRole("alert").getByRole("button", { name: "Resume" }).click();
	await expect(status(page)).toContainText(/step \d+\/30/, { timeout: 60_000 });
	// The steps before the checkpoint arrive again as events first.
	const step = async () => Number(/step (\d+)/.exec((await status(page).textContent()) ?? "")?.[1]);
	await expect.poll(step).toBeGreaterThanOrEqual(at);
	await expect(status(page)).toContainText("finished", { timeout: 120_000 });
	await expect(table(page).getByRole("row", { name: /30\/30/ })).toContainText("finished");

	// One record with every step once, in order, and an adapter.
	const kept = await page.evaluate(async () => (await globalThis.tabtune.engine?.runs())?.at(0));
	expect(kept?.steps.map(({ step }) => step)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
	expect(kept?.checkpoint).toBe(30);

	// Two changes at the same time are both kept.
	const changed = await page.evaluate(async (id) => {
		const { engine } = globalThis.tabtune;
		await Promise.all([engine?.updateRun(id, { name: "Hoy" }), engine?.updateRun(id, { tags: ["both"] })]);
		return (await engine?.runs())?.at(0);
	}, kept?.id ?? "");
	expect(changed).toMatchObject({ name: "Hoy", tags: ["both"] });

	// After another reload nothing is offered, and the adapter opens and answers.
	await page.reload();
	await expect(page.getByRole("button", { name: "Start", exact: true })).toBeEnabled({ timeout: 60_000 });
	await expect(table(page).getByRole("row", { name: /30\/30/ })).toBeVisible();
	await expect(page.getByRole("alert").filter({ hasText: "was interrupted" })).toHaveCount(0);
	await table(page).getByRole("button", { name: "Open", exact: true }).click();
	await expect(page.getByRole("region", { name: "Tuned", exact: true })).toHaveText(TAUGHT.pirate, { timeout: 60_000 });
	// The run is shown, with its result, its rows and its settings, and the bar names it.
	await expect(status(page)).toContainText(/finished · step 30\/30 · held-out loss/);
	const run = page.getByRole("region", { name: "Run", exact: true });
	await expect(run).toContainText("Opened from the runs: “Hoy”");
	await expect(run).toContainText(/^.*(Learning|Overfitting|No clear change|Diverged).*loss/s);
	await run.getByText("Rows and settings of this run").click();
	await expect(run.getByRole("row", { name: "max_steps 30" })).toBeVisible();
	await expect(run.getByRole("button", { name: "Use these rows and settings" })).toBeVisible();
	await expect(page.getByText(/Adapter of “Hoy”/)).toBeVisible();

	await table(page)
		.getByRole("checkbox", { name: /Plot the curve/ })
		.check();
	await table(page)
		.getByRole("button", { name: /More about/ })
		.click();
	await table(page).getByLabel("Name", { exact: true }).fill("Ahoy");
	await table(page).getByLabel("Tags").fill("voice, first");
	await table(page).getByLabel("Note").fill("as it should be");
	await expect(table(page).getByRole("rowheader", { name: /Ahoy/ })).toContainText("voice, first");
	await expect(page.getByRole("figure", { name: /Loss/ })).toContainText("Ahoy");
	await cleanInBoth(page, "the table of runs, one open");

	await table(page).getByRole("button", { name: "Delete" }).click();
	await expect(table(page).getByRole("row", { name: /Ahoy/ })).toHaveCount(0);
	await table(page).getByRole("button", { name: "Undo" }).click();
	await expect(table(page).getByRole("row", { name: /Ahoy/ })).toBeVisible();
	await table(page).getByRole("button", { name: "Delete" }).click();
	await expect(table(page).getByText("Runs are kept on this device")).toBeVisible();
	await expect
		.poll(async () => page.evaluate(async () => (await globalThis.tabtune.engine?.runs())?.length), { timeout: 20_000 })
		.toBe(0);
});
