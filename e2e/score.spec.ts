// Scoring of answers: a pattern, base and tuned row by row; multiple choice; a catastrophic pattern is stopped with a message.
// And the forms in which that adapter can be merged, measured over an int8 base.
import { readFile } from "node:fs/promises";
import { cleanInBoth } from "./axe.ts";
import { expect, test } from "./test.ts";

test("answers scored by pattern and by multiple choice; the adapter measured in every merged form", async ({
	page,
}) => {
	test.setTimeout(240_000);
	await page.goto("/");
	await expect(page.getByRole("button", { name: "Start", exact: true })).toBeEnabled({ timeout: 60_000 });
	await page.getByRole("button", { name: "Start", exact: true }).click();
	await expect(page.getByRole("status")).toContainText("finished", { timeout: 120_000 });
	await page.getByRole("tab", { name: "Compare", exact: true }).click();
	const score = page.getByRole("region", { name: "Answer accuracy" });
	// The gallery set provides a pattern that tuned answers match.
	await expect(score.getByRole("textbox", { name: "Pattern" })).toHaveValue("^(Ahoy|Arr)");
	await score.getByRole("spinbutton", { name: "Max new tokens" }).fill("12");
	await score.getByRole("button", { name: "Score the answers" }).click();
	await expect(score.getByRole("note")).toContainText("Correct of 3: base 0, tuned 3.", { timeout: 60_000 });
	await expect(score.getByRole("note")).toContainText("by chance in 25% of cases, so more rows are needed");
	const row = score.getByRole("row").nth(1);
	await expect(row.getByRole("cell").nth(1)).toContainText("wrong");
	await expect(row.getByRole("cell").nth(2)).toContainText(/correct\s*(Ahoy|Arr)/);
	// The answer being generated when scoring began, and the next one, are the same as without scoring.
	const tuned = page.getByRole("region", { name: "Tuned", exact: true });
	await page.getByRole("button", { name: "Generate" }).click();
	await expect(tuned).toHaveAttribute("aria-busy", "false", { timeout: 60_000 });
	await expect(tuned).toContainText(/^(Ahoy|Arr)/);
	await cleanInBoth(page, "answers judged");
	const download = page.waitForEvent("download");
	await score.getByRole("button", { name: "Download as JSON" }).click();
	const report = JSON.parse(await readFile(await (await download).path(), "utf8"));
	expect(report).toMatchObject({ metric: "regex", rows: 3, base: 0, tuned: 1, skipped: 0 });
	expect(report.details).toHaveLength(3);

	// Nested repetition: exponential in the answer's length.
	await score.getByRole("textbox", { name: "Pattern" }).fill("^([\\w\\W]+)+#$");
	await score.getByRole("button", { name: "Score the answers" }).click();
	await expect(score.getByRole("alert")).toContainText("takes too long to match", { timeout: 60_000 });
	await score.getByRole("alert").getByRole("button", { name: "Dismiss" }).click();

	await score.getByRole("button", { name: "Multiple choice" }).click();
	await score.getByRole("button", { name: "Score the answers" }).click();
	await expect(score.getByRole("alert")).toContainText("no questions with choices");
	const questions = [
		{ question: "Hello", choices: ["Ahoy!", "Good day to you."], answer: 0 },
		{ question: "Who are you?", choices: ["I am a bear.", "Ahoy!"], answer: "B" },
	];
	await score.getByLabel("Add questions").setInputFiles({
		name: "questions.jsonl",
		mimeType: "application/jsonl",
		buffer: Buffer.from(questions.map((one) => JSON.stringify(one)).join("\n")),
	});
	await score.getByRole("button", { name: "Score the answers" }).click();
	await expect(score.getByRole("note")).toContainText(/Correct of 2: base \d, tuned 2\./, { timeout: 60_000 });
	await expect(score.getByRole("row")).toHaveCount(3);

	await page.getByRole("tab", { name: "Library", exact: true }).click();
	const study = page.getByRole("region", { name: "Which form to ship" });
	for (const name of ["as stored in the file", "NF4"]) await study.getByRole("checkbox", { name }).uncheck();
	await study.getByRole("button", { name: "Measure the forms" }).click();
	const states = ["unmerged", "merged, 16 bits", "merged, quantised again"];
	for (const [i, state] of states.entries())
		await expect(study.getByRole("row").nth(i + 1)).toContainText(state, { timeout: 60_000 });
	await expect(study.getByRole("button", { name: "Measure the forms" })).toBeEnabled({ timeout: 60_000 });
	// A merge in 16 bits loses almost nothing.
	const change = Number(
		(await study.getByRole("row").nth(2).getByRole("cell").nth(3).textContent())?.replace("−", "-"),
	);
	expect(Math.abs(change)).toBeLessThan(0.05);
	await study.getByText("Answers (3 questions)").click();
	await cleanInBoth(page, "the merge study");
	const saved = page.waitForEvent("download");
	await study.getByRole("button", { name: "Download as JSON" }).click();
	const { rows } = JSON.parse(await readFile(await (await saved).path(), "utf8"));
	expect(rows.map(({ base, state }: { base: string; state: string }) => `${base} ${state}`)).toEqual([
		"int8 unmerged",
		"int8 merged",
		"int8 merged and quantised",
	]);
});
