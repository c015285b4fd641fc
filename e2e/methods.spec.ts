// Methods side by side: selected, trained one after another on gallery rows, measured, kept across a reload, downloaded;
// stopped and resumed.
import { readFile } from "node:fs/promises";
import { cleanInBoth } from "./axe.ts";
import { expect, type Page, sees, test } from "./test.ts";

async function open(page: Page): Promise<void> {
	await page.goto("/");
	await expect(page.getByRole("button", { name: "Start", exact: true })).toBeEnabled({ timeout: 60_000 });
	await page.getByRole("spinbutton", { name: "Steps" }).fill("12");
	await page.getByRole("tab", { name: "Methods", exact: true }).click();
}

async function tick(page: Page, names: readonly RegExp[]): Promise<void> {
	const boxes = page.getByRole("checkbox");
	await expect(boxes.first()).toBeVisible();
	for (const box of await boxes.all()) await box.uncheck();
	for (const name of names) await page.getByRole("checkbox", { name }).check();
}

test("two methods trained with two seeds, stopped and resumed; the table survives a reload and is downloaded", async ({
	page,
}) => {
	test.setTimeout(400_000);
	await open(page);
	await tick(page, [/^LoRA\s*A low-rank/, /^rsLoRA/]);
	await page.getByRole("textbox", { name: "Seeds" }).fill("1, 1");
	await expect(page.getByText("Distinct whole numbers")).toBeVisible();
	await expect(page.getByRole("button", { name: "Train the selected methods" })).toBeDisabled();
	await page.getByRole("textbox", { name: "Seeds" }).fill("1, 2");
	await page.getByRole("button", { name: "Train the selected methods" }).click();
	await sees(page, /LoRA, seed 1: step \d+ of 12; 3 runs left/, 60_000);
	// Stopped in the second run, the first stays and the second is trained again.
	await sees(page, /: step [1-5] of 12; 2 runs left/, 200_000);
	await page.getByRole("button", { name: "Stop comparing" }).click();
	const resume = page.getByRole("button", { name: "Resume (3 left)" });
	await expect(resume).toBeEnabled({ timeout: 60_000 });
	await resume.click();
	await sees(page, /: step \d+ of 12; 2 runs left/, 60_000);
	const row = (name: string) => page.getByRole("row", { name: new RegExp(`^${name}`) });
	await expect(row("rsLoRA")).toContainText("±", { timeout: 300_000 });
	await expect(page.getByRole("button", { name: "Train the selected methods" })).toBeEnabled({ timeout: 60_000 });

	const kept = await page.evaluate(() => JSON.parse(localStorage.getItem("tabtune.methods") ?? "null"));
	expect(kept.queue).toEqual([]);
	for (const { runs, cost, speed } of kept.table.rows) {
		expect(runs.map(({ seed }: { seed: number }) => seed)).toEqual([1, 2]);
		expect(runs.map(({ steps }: { steps: number }) => steps)).toEqual([12, 12]);
		expect(runs[0].evalLoss).toBeLessThan(runs[0].firstEvalLoss);
		expect(runs[0].evalLoss).not.toBe(runs[1].evalLoss);
		expect(runs[0].sample.text.length).toBeGreaterThan(0);
		expect(cost.trainableParameters).toBe(162816);
		expect(Math.min(speed.base, speed.unmerged, speed.merged, speed.switchMilliseconds)).toBeGreaterThan(0);
	}
	await page.reload();
	await expect(page.getByRole("button", { name: "Start", exact: true })).toBeEnabled({ timeout: 60_000 });
	await page.getByRole("tab", { name: "Methods", exact: true }).click();
	await expect(row("rsLoRA")).toContainText("±");
	await expect(page.getByRole("caption").first()).not.toContainText("google");
	// Each method's answers by seed, with a button that opens the run.
	for (const name of ["LoRA", "rsLoRA"]) {
		await page.getByRole("button", { name: `Answers of ${name}`, exact: true }).click();
		for (const seed of [1, 2])
			await expect(
				page.getByRole("button", { name: `Open the run of ${name} with seed ${seed}`, exact: true }),
			).toBeVisible();
	}
	const samples = kept.table.rows.flatMap(({ runs }: { runs: { sample: { text: string } }[] }) =>
		runs.map(({ sample }) => sample.text.trim()),
	);
	for (const text of samples)
		expect((await page.getByRole("definition").allTextContents()).map((one) => one.trim())).toContain(text);
	await cleanInBoth(page, "the table of methods");
	const download = page.waitForEvent("download");
	await page.getByRole("button", { name: "CSV" }).click();
	const csv = await readFile(await (await download).path(), "utf8");
	const [head, lora] = csv.trim().split("\n");
	expect(csv.trim().split("\n")).toHaveLength(3);
	expect(Number(lora.split(",")[head.split(",").indexOf("trainable_parameters")])).toBe(162816);

	// The run of a row opens and answers.
	await page.getByRole("button", { name: "Open the run of rsLoRA", exact: true }).click();
	await expect
		.poll(async () =>
			page.evaluate(async () => (await globalThis.tabtune.engine?.adapter())?.training?.settings.use_rslora),
		)
		.toBe(true);
});
