// Work is never lost: the GPU is lost in each phase, each write to storage fails, and the site's data are cleared during a run. The
// adapter is that of a run without faults, byte for byte, each time.
import { cleanInBoth } from "./axe.ts";
import { adapterHash, plan, WRITES, withFaults } from "./faults.ts";
import { TAUGHT } from "./short-rows.ts";
import { expect, type Page, sees, test } from "./test.ts";

const STEPS = 12;
const run = (page: Page) => page.getByRole("region", { name: "Run", exact: true });
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).first();
const newest = (page: Page) => page.evaluate(async () => (await globalThis.tabtune.engine?.runs())?.at(0));

async function open(page: Page): Promise<void> {
	await page.goto("/?lang=en&lora_dropout=0.1");
	await expect(button(page, "Start")).toBeEnabled({ timeout: 90_000 });
}

async function start(page: Page, steps = STEPS): Promise<void> {
	await page.getByRole("spinbutton", { name: "Steps" }).fill(String(steps));
	await button(page, "Start").click();
}

const finished = (page: Page) => expect(page.getByRole("status")).toContainText("finished", { timeout: 90_000 });

test("the GPU is lost while loading, training, saving, answering and idle", async ({ page, context }) => {
	test.setTimeout(400_000);
	await withFaults(context, { lose: 30 });
	await open(page); // loaded again by itself
	expect(await plan(page, {})).toBe(1);

	await start(page);
	await finished(page);
	const whole = await adapterHash(page);

	await start(page);
	await sees(page, new RegExp(`step [4-9]/${STEPS}`), 90_000);
	await plan(page, { lose: "now" });
	await expect(run(page).getByRole("note")).toContainText("by itself", { timeout: 60_000 });
	await finished(page);
	expect(await adapterHash(page)).toBe(whole);
	expect((await newest(page))?.steps.map(({ step }) => step)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));

	await start(page);
	await sees(page, new RegExp(`step [2-9]/${STEPS}`), 90_000);
	await plan(page, { lose: "write" });
	await button(page, "Pause").click(); // saves
	await expect(run(page).getByRole("note")).toContainText("by itself", { timeout: 60_000 });
	await expect(page.getByRole("status")).toContainText("paused", { timeout: 60_000 });
	await button(page, "Resume").click();
	await finished(page);
	expect(await adapterHash(page)).toBe(whole);

	const tuned = page.getByRole("region", { name: "Tuned", exact: true });
	await expect(button(page, "Generate")).toBeEnabled({ timeout: 60_000 });
	await expect(tuned).toHaveText(TAUGHT.pirate, { timeout: 60_000 });
	await button(page, "Generate").click();
	await plan(page, { lose: "now" });
	await expect(button(page, "Start")).toBeEnabled({ timeout: 60_000 });
	await expect(tuned).toHaveText(TAUGHT.pirate, { timeout: 60_000 });
	await expect(page.getByRole("alert")).toHaveCount(0);

	// A second loss without a run between waits for the user. The adapter can be exported.
	await plan(page, { lose: "now" });
	await expect(run(page).getByRole("alert")).toContainText("The GPU was lost", { timeout: 30_000 });
	await expect(button(page, "Start")).toBeDisabled();
	await expect(button(page, "Generate")).toBeDisabled();
	await cleanInBoth(page, "the GPU is lost");
	expect(await adapterHash(page)).toBe(whole);
	await button(page, "Restart").click();
	await expect(button(page, "Start")).toBeEnabled({ timeout: 60_000 });
	expect(await adapterHash(page)).toBe(whole);
});

test("each write to storage fails, and the site's data are cleared", async ({ page, context }) => {
	test.setTimeout(400_000);
	await withFaults(context);
	await open(page);
	await start(page, 3);
	await finished(page);
	const whole = await adapterHash(page);
	for (const op of WRITES) {
		await plan(page, { fail: { op, from: op === "put" ? 2 : 1 } });
		await start(page, 3);
		await finished(page);
		const notice = run(page).getByRole("alert").filter({ hasText: "there is no disk space left" });
		await expect(notice.getByRole("button", { name: "Download the adapter" })).toBeVisible();
		expect(await adapterHash(page), op).toBe(whole);
		await expect(page.getByRole("row", { name: /3\/3/ }).first()).toContainText("finished, not kept");
		await expect(page.getByText("Something inside went wrong")).toHaveCount(0);
	}
	// A write that fails once is repeated.
	await plan(page, {});

	await start(page, STEPS);
	await sees(page, new RegExp(`step [2-9]/${STEPS}`), 90_000);
	const browser = await context.newCDPSession(page);
	const origin = new URL(page.url()).origin;
	await browser.send("Storage.clearDataForOrigin", { origin, storageTypes: "all" });
	await finished(page);
	const hash = await adapterHash(page);
	const record = await newest(page);
	expect(record).toMatchObject({ state: "finished", checkpoint: STEPS });
	await page.evaluate(async (id) => globalThis.tabtune.engine?.openRun(id), record?.id ?? "");
	expect(await adapterHash(page)).toBe(hash);
	await expect(run(page).getByRole("alert")).toHaveCount(0);
});
