// A race of ranks: three ranks at once over two seeds, kept across a reload, downloaded, one of its runs opened in the lab;
// stopped halfway with the finished heat kept.
import { readFile } from "node:fs/promises";
import { cleanInBoth } from "./axe.ts";
import { expect, type Page, sees, test } from "./test.ts";
import { watchLongTasks } from "./timing.ts";

async function open(page: Page, steps: number, ranks: string, seeds: string): Promise<void> {
	await page.goto("/");
	await expect(page.getByRole("button", { name: "Start", exact: true })).toBeEnabled({ timeout: 60_000 });
	await page.getByRole("spinbutton", { name: "Steps" }).fill(String(steps));
	await page.getByRole("tab", { name: "Rank lab", exact: true }).click();
	const race = page.getByRole("region", { name: "Race of ranks" });
	await race.getByRole("textbox", { name: "Ranks" }).fill(ranks);
	await race.getByRole("textbox", { name: "Seeds" }).fill(seeds);
}

const kept = (page: Page) =>
	page.evaluate(() => JSON.parse(localStorage.getItem("tabtune.race") ?? "null")?.table ?? null);

test("three ranks with two seeds: progress, recommendation, reload, download, opening a run", {
	tag: "@paced",
}, async ({ page }) => {
	test.setTimeout(300_000);
	await open(page, 3, "1, 1", "42, 7");
	const race = page.getByRole("region", { name: "Race of ranks" });
	const start = race.getByRole("button", { name: "Start the race" });
	await expect(race.getByText("One to eight distinct whole numbers")).toBeVisible();
	await expect(start).toBeDisabled();
	await race.getByRole("textbox", { name: "Ranks" }).fill("8, 1, 4");
	const [region, button] = [await race.elementHandle(), await start.elementHandle()];
	const longTasks = await watchLongTasks(page);
	await button?.click();
	const until = (test: (text: string) => boolean, timeout: number) =>
		expect(async () => expect(test((await region?.textContent()) ?? "")).toBe(true)).toPass({ timeout });
	await until((text) => /Heat 1 of 2, seed 42: step [1-3] of 3/.test(text), 60_000);
	await until((text) => !/Heat \d of 2/.test(text) && text.includes("±"), 200_000);
	await longTasks("while racing");
	await expect(race.getByRole("figure", { name: "Loss of each rank" }).getByRole("listitem")).toHaveCount(3);
	const row = (rank: number) => race.getByRole("row", { name: new RegExp(`^${rank} [\\d.]+ ±`) });
	await expect(row(8)).toBeVisible();

	// Every slot has its own run with the losses of the table.
	const table = await kept(page);
	expect(table.slots.map(({ rank, seed }: { rank: number; seed: number }) => [rank, seed])).toEqual([
		[1, 42],
		[4, 42],
		[8, 42],
		[1, 7],
		[4, 7],
		[8, 7],
	]);
	const runs = await page.evaluate(async () => (await globalThis.tabtune.engine?.runs()) ?? []);
	for (const slot of table.slots) {
		const run = runs.find(({ id }) => id === slot.id);
		expect(run).toMatchObject({ state: "finished", checkpoint: 3, settings: { r: slot.rank, seed: slot.seed } });
		expect(run?.steps.map(({ loss }) => loss)).toEqual(slot.losses);
		expect(slot.evaluations[1].eval_loss).toBeLessThan(slot.evaluations[0].eval_loss);
		expect(slot.sample.text.length).toBeGreaterThan(0);
	}
	expect(table.advice.limits).toContain("few-seeds");
	// Two seeds are too few to recommend a smaller rank, unless every smaller one is clearly worse.
	await expect(race.getByText(/^r = \d (is the best|has the lowest loss)/)).toBeVisible();
	await expect(race.getByText("Answers to")).toBeVisible();

	// A slot gives the same losses as a separate run with the seed the rows were split by.
	const single = await page.evaluate(
		async ({ settings, id }) => {
			const { engine } = globalThis.tabtune;
			const slot = (await engine?.runs())?.find((run) => run.id === id);
			const losses: number[] = [];
			const blob = await (await fetch("/gallery/pirate.jsonl")).blob();
			await engine?.train(
				{
					settings: { ...settings, r: 4 },
					data: { name: slot?.data.name ?? "", format: "jsonl", blob },
					heldOut: slot?.heldOut ?? 0,
					samplePrompt: null,
					sampleEvery: 0,
					continueAdapter: false,
				},
				(events) => {
					for (const event of events) if (event.type === "step") losses.push(event.loss);
				},
			);
			return losses;
		},
		{ settings: table.settings, id: table.slots[1].id },
	);
	single.forEach((loss, i) => {
		expect(Math.abs(table.slots[1].losses[i] / loss - 1)).toBeLessThan(1e-5);
	});

	await page.reload();
	await expect(page.getByRole("button", { name: "Start", exact: true })).toBeEnabled({ timeout: 60_000 });
	await page.getByRole("tab", { name: "Rank lab", exact: true }).click();
	await expect(row(4)).toBeVisible();
	await cleanInBoth(page, "a finished race");
	const download = page.waitForEvent("download");
	await race.getByRole("button", { name: "CSV" }).click();
	const csv = (await readFile(await (await download).path(), "utf8")).trim().split("\n");
	expect(csv).toHaveLength(7);
	await race.getByRole("button", { name: "Open the run of rank 4, seed 7" }).click();
	await expect(
		page.getByRole("region", { name: "Spectrum" }).getByRole("button", { name: /of 4$/ }).first(),
	).toBeVisible({ timeout: 30_000 });
});

test("stopped in the second heat, the first heat keeps its runs", async ({ page }) => {
	test.setTimeout(300_000);
	await open(page, 12, "2, 3", "5, 6");
	const race = page.getByRole("region", { name: "Race of ranks" });
	await race.getByRole("button", { name: "Start the race" }).click();
	await sees(page, /Heat 2 of 2, seed 6: step [1-5] of 12/, 200_000);
	await race.getByRole("button", { name: "Stop the race" }).click();
	await expect(race.getByRole("button", { name: "Start the race" })).toBeEnabled({ timeout: 60_000 });
	const table = await kept(page);
	expect(table.slots.map(({ seed, state }: { seed: number; state: string }) => [seed, state])).toEqual([
		[5, "finished"],
		[5, "finished"],
		[6, "stopped"],
		[6, "stopped"],
	]);
	expect(table.slots[2].steps).toBeLessThan(12);
	expect(table.byRank.map(({ seeds }: { seeds: number }) => seeds)).toEqual([1, 1]);
	await expect(race.getByRole("button", { name: "Open the run of rank 2, seed 5" })).toBeEnabled();
	await page.getByRole("tab", { name: "Workspace", exact: true }).click();
	await expect(page.getByRole("status")).toContainText("stopped");
});
