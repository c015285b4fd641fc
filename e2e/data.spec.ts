// Own data: a table with unusual column names, editing rows with undo, an invalid file, a dropped file, rows restored after
// a reload.
import { readFile } from "node:fs/promises";
import { clean, cleanInBoth } from "./axe.ts";
import { expect, type Page, sees, test } from "./test.ts";
import { expectPace } from "./timing.ts";

const data = (page: Page) => page.getByRole("region", { name: "Data", exact: true });
const start = (page: Page) => page.getByRole("button", { name: "Start", exact: true });
const rowCount = (page: Page) => data(page).locator(".counts li").first();

async function open(page: Page, query = ""): Promise<void> {
	await page.goto(`/${query}`);
	await expect(start(page)).toBeEnabled({ timeout: 60_000 });
}

async function addFile(page: Page, name: string, text: string): Promise<void> {
	const file = { name, mimeType: "text/plain", buffer: Buffer.from(text) };
	await page.getByLabel("Add data file").setInputFiles(file);
}

const talk = (prompt: string, answer: string): string =>
	JSON.stringify({
		messages: [
			{ role: "user", content: prompt },
			{ role: "assistant", content: answer },
		],
	});

test("a CSV with ambiguous columns: the page asks, trains, and exports the adapter", async ({ page }) => {
	test.setTimeout(240_000);
	await open(page);
	const lines = Array.from(
		{ length: 8 },
		(_, i) => `${i};"Where is owl ${i}; is she home?";"Owl ${i} sits in a tree."`,
	);
	const csv = ["no;Kundin sagt;Antwort an sie", ...lines, "9;Niemand;"].join("\r\n");
	await addFile(page, "owls.csv", csv);

	const dialog = page.getByRole("dialog", { name: "Which column is what?" });
	await expect(dialog).toContainText("Where is owl 0; is she home?");
	await expect(dialog.getByLabel("Question (prompt)")).toBeFocused();
	// Swapping the guessed columns and swapping them back changes the preview.
	await dialog.getByLabel("Question (prompt)").selectOption("Antwort an sie");
	await expect(dialog.getByText("Question and answer are the same column.")).toBeVisible();
	await clean(page, "columns asked about, with a mistake");
	await dialog.getByLabel("Question (prompt)").selectOption("Kundin sagt");
	await dialog.getByRole("button", { name: "Use these columns" }).click();
	await expect(dialog).toBeHidden();
	await expect(rowCount(page)).toHaveText("7 rows");
	await expect(data(page)).toContainText("Line 10: no answer");
	await expect(data(page).getByRole("listbox").first()).toContainText("assistant\nOwl");

	// The same columns again are not asked about.
	await addFile(page, "more.csv", csv.replaceAll("owl", "jay"));
	await expect(data(page)).toContainText("Where is jay 0");
	await expect(dialog).toBeHidden();

	await page.getByRole("spinbutton", { name: "Steps" }).fill("1");
	await start(page).click();
	await expect(page.getByRole("status")).toContainText("finished", { timeout: 180_000 });
	const [download] = await Promise.all([
		page.waitForEvent("download"),
		page.getByRole("button", { name: "Download adapter" }).click(),
	]);
	expect(download.suggestedFilename()).toBe("tabtune-more-r8.zip");
});

test("rows are edited by keyboard with undo, and restored after a reload until deleted", async ({ page }) => {
	await open(page);
	const before = Number.parseInt((await rowCount(page).textContent()) ?? "", 10);
	await data(page).getByRole("button", { name: "Edit rows" }).click();
	const dialog = page.getByRole("dialog", { name: "Edit rows" });
	const answer = dialog.getByRole("textbox", { name: "Answer, row 1", exact: true });
	const first = await answer.inputValue();
	await answer.fill("Quack.");
	await dialog.getByRole("button", { name: "Delete row 2", exact: true }).click();
	await expect(dialog.getByRole("button", { name: "Delete row 2", exact: true })).toBeFocused();
	await page.keyboard.press("Control+z");
	await page.keyboard.press("Control+z");
	await expect(answer).toHaveValue(first);
	await page.keyboard.press("Control+Shift+z");
	await expect(answer).toHaveValue("Quack.");

	// Adds another row with several lines by keyboard.
	await answer.focus();
	await page.keyboard.press("Control+Enter");
	await expect(dialog.getByRole("textbox", { name: "Question, row 2", exact: true })).toBeFocused();
	await page.keyboard.type("What do you say?");
	await page.keyboard.press("Tab");
	await page.keyboard.type("Moo.");
	await page.keyboard.press("Enter");
	await page.keyboard.type("Twice.");
	const [download] = await Promise.all([
		page.waitForEvent("download"),
		dialog.getByRole("button", { name: "Download as JSONL" }).click(),
	]);
	expect(download.suggestedFilename()).toMatch(/\.jsonl$/);
	await page.keyboard.press("Escape");
	await expect(dialog).toBeHidden();
	await expect(data(page).getByRole("button", { name: "Edit rows" })).toBeFocused();
	await expect(rowCount(page)).toHaveText(`${before + 1} rows`);
	await expect(data(page).getByRole("listbox").nth(1)).toContainText("Moo.\nTwice.");
	await expect(page).toHaveURL(/set=own/);
	await expect(page).not.toHaveURL(/Moo/);

	await page.reload();
	await expect(data(page).getByRole("listbox").nth(1)).toContainText("Moo.\nTwice.", { timeout: 60_000 });
	await data(page).getByRole("button", { name: "Remove from this device" }).click();
	await page.reload();
	await expect(rowCount(page)).toHaveText(`${before} rows`, { timeout: 60_000 });
	await expect(data(page)).not.toContainText("Moo.");
});

test("answers are rated with thumbs in the editor, and train with KTO", async ({ page }) => {
	await open(page, "?steps=2");
	await data(page).getByRole("button", { name: "Edit rows" }).click();
	const dialog = page.getByRole("dialog", { name: "Edit rows" });
	await dialog.getByRole("button", { name: "Rate answers" }).click();
	await expect(dialog.getByRole("button", { name: "Rate answers" })).toBeHidden();
	const bad = dialog.getByRole("button", { name: "Row 1: bad answer", exact: true });
	await bad.click();
	await expect(bad).toHaveAttribute("aria-pressed", "true");
	await expect(dialog.getByRole("button", { name: "Row 2: good answer", exact: true })).toHaveAttribute(
		"aria-pressed",
		"true",
	);
	const [download] = await Promise.all([
		page.waitForEvent("download"),
		dialog.getByRole("button", { name: "Download as JSONL" }).click(),
	]);
	const lines = (await readFile(await download.path(), "utf8")).trim().split("\n");
	expect(lines.map((line) => JSON.parse(line).label).slice(0, 2)).toEqual([false, true]);
	await dialog.getByRole("button", { name: "Done" }).click();
	await start(page).click();
	await expect(page.getByRole("status")).toContainText("finished", { timeout: 180_000 });
	// KTO's loss is 1 − σ(0) = 0.5 where the adapter changes nothing.
	await expect(page.getByRole("status")).toContainText("held-out loss 0.50");
});

test("Escape keeps the current rows; clear columns need no question; invalid lines are reported, corrected or left out", async ({
	page,
}) => {
	await open(page);
	const before = await rowCount(page).textContent();
	await addFile(page, "odd.csv", "a,b\n1,2\n3,4\n");
	await expect(page.getByRole("dialog")).toBeVisible();
	await page.keyboard.press("Escape");
	await expect(page.getByRole("dialog")).toBeHidden();
	await expect(rowCount(page)).toHaveText(before ?? "");
	await addFile(page, "misnamed.txt", "Question\tAnswer\nWho?\tPip.\nWhere?\tHere.\nWhen?\tNow.\n");
	await expect(data(page)).toContainText("Question (question) and Answer (answer)");
	await expect(rowCount(page)).toHaveText("2 rows");
	// A file that cannot be used leaves the rows; rows that were replaced come back.
	await addFile(page, "holiday.png", "\u0089PNG\u0000\u0000");
	await expect(data(page)).toContainText("“holiday.png” was not used.");
	await expect(rowCount(page)).toHaveText("2 rows");
	await expect(start(page)).toBeEnabled();
	await addFile(page, "other.jsonl", talk("Who?", "Pip."));
	await expect(rowCount(page)).toHaveText("1 row");
	await data(page).getByRole("button", { name: "Undo" }).click();
	await expect(rowCount(page)).toHaveText("2 rows");
	await page.getByLabel("Add data file").setInputFiles("fixtures/parquet/chats.parquet");
	await expect(rowCount(page)).toHaveText("270 rows"); // a tenth is held out
	await expect(data(page)).toContainText("狐狸");

	const lines = Array.from({ length: 8 }, (_, i) => talk(`Say ${i}.`, `${i}, says the owl.`));
	lines[2] = '{"messages": [';
	lines[6] = '{"mesages": []}';
	await addFile(page, "faults.jsonl", lines.join("\n"));
	const panel = data(page);
	await expect(panel.getByRole("alert")).toContainText("line 3", { ignoreCase: true });
	await expect(panel).toContainText(/Line 3\s+is not JSON/);
	await expect(panel).toContainText(/Line 7\s+the row has the fields "mesages"/);
	await expect(start(page)).toBeDisabled();
	await cleanInBoth(page, "invalid rows");

	await panel.getByRole("button", { name: "Fix in the editor" }).click();
	const broken = page.getByRole("textbox", { name: "JSON, row 3", exact: true });
	await expect(broken).toHaveValue('{"messages": [');
	await expect(page.getByText("Not valid JSON yet.")).toBeVisible();
	await clean(page, "a row that is not JSON, in the editor");
	await broken.fill(talk("Say 2.", "Two, says the owl."));
	await page.getByRole("button", { name: "Done" }).click();
	await expect(panel.getByRole("alert")).toContainText("line 7", { ignoreCase: true });
	await panel.getByRole("button", { name: "Use the 7 valid rows" }).click();
	await expect(rowCount(page)).toHaveText("6 rows");
	await expect(start(page)).toBeEnabled();
});

test("a token shows its id, truncation the tokens it removes; a dropped file opens on any tab, duplicates are removed", async ({
	page,
}) => {
	await open(page, "?max_length=24");
	await addFile(page, "long.jsonl", await readFile("public/gallery/pirate.jsonl", "utf8"));
	const row = data(page).getByRole("listbox").first();
	await expect(data(page)).toContainText(/truncated at max_length 24; tokens not read: \d+/);
	await expect(data(page).locator(".lengths figcaption")).toContainText("max_length 24");
	await row.focus();
	await page.keyboard.press("End");
	const card = page.locator(".token-card");
	await expect(card).toContainText(/token \d+.*truncated, not read/s);
	await page.keyboard.press("Home");
	await expect(card).toContainText("context only");
	await page.keyboard.press("Escape");
	await expect(card).toBeHidden();
	await row.getByRole("option").nth(1).hover();
	await expect(card).toContainText(/token \d+/);

	// The split changes with the seed, and the preview marks the held-out rows.
	const heldOutRows = () => data(page).locator("li", { hasText: "held out" }).locator(".row-number").allTextContents();
	await data(page)
		.getByRole("button", { name: /^Show \d+ more$/ })
		.click();
	const before = await heldOutRows();
	expect(before.length).toBeGreaterThan(0);
	await data(page).getByRole("button", { name: "New split" }).click();
	await expect(data(page)).toContainText("Split by seed 43.");
	await expect(async () => expect(await heldOutRows()).not.toEqual(before)).toPass();

	await page.getByRole("tab", { name: "Compare" }).click();
	const rows = [0, 1, 2, 3, 1, 4, 1, 5].map((i) => talk(`Say ${i}.`, `${i}, says the owl.`)).join("\n");
	const transfer = await page.evaluateHandle((text) => {
		const files = new DataTransfer();
		files.items.add(new File([text], "owls"));
		return files;
	}, rows);
	await page.dispatchEvent("body", "dragenter", { dataTransfer: transfer });
	await expect(page.getByText("Drop a data file to train on it")).toBeVisible();
	await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
	await expect(page.getByText("Drop a data file to train on it")).toBeHidden();
	await expect(rowCount(page)).toHaveText("7 rows");
	await expect(data(page)).toContainText("2 = 5 = 7");
	await data(page).getByRole("button", { name: "Remove duplicates" }).click();
	await expect(rowCount(page)).toHaveText("5 rows");
	await expect(data(page)).not.toContainText("Duplicate rows");
});

test("editing stays fast with five thousand rows", async ({ page }) => {
	test.setTimeout(180_000);
	await open(page);
	const rows = Array.from({ length: 5000 }, (_, i) => talk(`Name fox ${i}.`, `Fox ${i} it is.`)).join("\n");
	await addFile(page, "foxes.jsonl", rows);
	await expect(rowCount(page)).toHaveText("4,500 rows", { timeout: 60_000 });
	await data(page).getByRole("button", { name: "Edit rows" }).click();
	const dialog = page.getByRole("dialog", { name: "Edit rows" });
	await expect(dialog.getByRole("textbox", { name: /^Question/ })).toHaveCount(50);
	await dialog.getByRole("textbox", { name: "Find in rows" }).fill("fox 4999");
	await expect(dialog).toContainText("1 of 5,000 rows");
	const box = dialog.getByRole("textbox", { name: "Answer, row 5000", exact: true });
	await box.focus();
	const took = await box.evaluate(async (element: HTMLTextAreaElement) => {
		const began = performance.now();
		for (let i = 0; i < 20; i++) {
			document.execCommand("insertText", false, "x");
			await new Promise((done) => requestAnimationFrame(done));
		}
		return (performance.now() - began) / 20 + 0 * element.value.length;
	});
	await expect(box).toHaveValue(/x{20}/);
	// Typing latency of one letter, on a machine that is also doing other work.
	expectPace("a letter typed into the last of 5,000 rows", took, 100, "ms");
});

test("preference training: pairs side by side, the margin during training, the share ranked correctly", async ({
	page,
}) => {
	test.setTimeout(240_000);
	await open(page, "?steps=6&lr=0.001&per_device_train_batch_size=2");
	const animals = ["bee", "fox", "owl", "cat", "dog", "hen", "cow", "pig", "ant", "bat"];
	const pairs = animals.map((animal) =>
		JSON.stringify({
			prompt: [{ role: "user", content: `Tell me about a ${animal}.` }],
			chosen: [{ role: "assistant", content: `The ${animal} was kind.` }],
			rejected: [{ role: "assistant", content: `The ${animal} was mean.` }],
		}),
	);
	await addFile(page, "kind.jsonl", pairs.join("\n"));
	await expect(rowCount(page)).toHaveText("9 pairs");
	for (const side of ["chosen", "rejected"])
		await expect(data(page).getByText(side, { exact: true }).first()).toBeVisible();
	await start(page).click();
	const status = page.getByRole("status");
	await sees(page, /margin \d/, 120_000);
	await expect(status).toContainText(/finished.*100% of pairs ranked correctly/, { timeout: 180_000 });
	await cleanInBoth(page, "pairs trained");

	// A method that cannot train on pairs is refused, and the rows stay.
	await addFile(page, "mixed.jsonl", [pairs[0], talk("Hi", "Hello.")].join("\n"));
	await expect(data(page).getByRole("alert")).toContainText("Some rows have a chosen and a rejected answer");
});
