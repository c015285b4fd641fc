// A first visit: the page opens alive, trains, compares, exports the adapter and imports it again. Uses only roles and
// accessible names.
import { readFile } from "node:fs/promises";
import { unzipSync } from "fflate";
import { expect, type Page, sees, test } from "./test.ts";

/** Opens the page and waits until the model is loaded, rows are read and the base's first line is written. */
async function open(page: Page, query = ""): Promise<void> {
	await page.goto(`/${query}`);
	await expect(page.getByRole("button", { name: "Start", exact: true })).toBeEnabled({ timeout: 60_000 });
}

async function train(page: Page, steps: number): Promise<void> {
	await page.getByRole("spinbutton", { name: "Steps" }).fill(String(steps));
	await page.getByRole("button", { name: "Start", exact: true }).click();
}

const status = (page: Page) => page.getByRole("status");
const answer = (page: Page, side: "Base" | "Tuned") => page.getByRole("region", { name: side, exact: true });
const stepOf = async (page: Page): Promise<number> =>
	Number(/step (\d+)/.exec((await status(page).textContent()) ?? "")?.[1]);

/** Answers of 32 tokens at most. */
async function shorten(page: Page): Promise<void> {
	await page.getByText("Sampling", { exact: true }).click();
	await page.getByRole("spinbutton", { name: "Max new tokens" }).fill("32");
}

/** Presses Generate and waits for both answers; the page sets aria-busy at once, so there is no gap. */
async function generate(page: Page): Promise<{ base: string; tuned: string }> {
	await page.getByRole("button", { name: "Generate" }).click();
	for (const side of ["Base", "Tuned"] as const) {
		await expect(answer(page, side)).toHaveAttribute("aria-busy", "false", { timeout: 120_000 });
	}
	return {
		base: (await answer(page, "Base").textContent()) ?? "",
		tuned: (await answer(page, "Tuned").textContent()) ?? "",
	};
}

test("on arrival: a line from the base, rows, a cost, Start enabled; an invalid learning rate; every tab; Chinese", async ({
	page,
}) => {
	await open(page);
	await expect(answer(page, "Base")).not.toBeEmpty({ timeout: 60_000 });
	await expect(page.getByRole("textbox", { name: "Prompt" })).not.toHaveValue("");
	const settings = page.getByRole("region", { name: "Settings" });
	await expect(settings).toContainText(/fits|tight/);
	const before = await settings.getByText(/^[\d.]+k$/).textContent();
	await page.getByRole("spinbutton", { name: "Rank" }).fill("16");
	await expect(settings.getByText(/^[\d.]+k$/)).not.toHaveText(before ?? "");
	await expect(page).toHaveURL(/[?&]r=16/);

	// A rank that the model does not allow is a message at its field, not an error.
	await page.getByRole("spinbutton", { name: "Rank" }).fill("65");
	await expect(settings).toContainText("Must be between 1 and 64.");
	const slider = page.getByRole("slider", { name: "Size of the update" });
	await slider.press("Home"); // it shows its end for ranks beyond it
	await slider.press("End");
	await expect(page.getByRole("spinbutton", { name: "Rank" })).toHaveValue("64");
	await page.getByRole("spinbutton", { name: "Rank" }).fill("16");

	await page.getByRole("textbox", { name: "Learning rate" }).fill("NaN");
	await expect(page.getByText("Enter a number, such as 0.005 or 2e-4.")).toBeVisible();
	await expect(page.getByRole("button", { name: "Start", exact: true })).toBeDisabled();
	await page.getByRole("textbox", { name: "Learning rate" }).fill("2e-4");
	await expect(page.getByRole("button", { name: "Start", exact: true })).toBeEnabled();

	for (const tab of await page.getByRole("tab").all()) {
		await tab.click();
		await expect(page.getByRole("tabpanel").getByRole("heading").first()).toBeAttached();
	}
	await page.getByRole("tab", { name: "Compare" }).click();
	await expect(answer(page, "Base")).toBeVisible();
	await page.goto("/?lang=zh");
	await expect(page.getByRole("button", { name: "开始训练" })).toBeVisible();
	await expect(page.locator("html")).toHaveAttribute("lang", "zh-Hans");
});

test("trains, answers differently, exports the adapter and imports it again; pauses, resumes and stops another run", async ({
	page,
}) => {
	test.setTimeout(300_000);
	await open(page);
	await shorten(page);
	await train(page, 6);
	await sees(page, /step \d+\/6.*loss \d/, 60_000);
	await expect(status(page)).toContainText("finished", { timeout: 240_000 });
	await expect(status(page)).toContainText(/held-out loss [\d.]+ → [\d.]+/);

	const { base, tuned } = await generate(page);
	expect(base.trim()).not.toBe("");
	expect(tuned.trim()).not.toBe("");
	expect(tuned).not.toBe(base);

	const [download] = await Promise.all([
		page.waitForEvent("download"),
		page.getByRole("button", { name: "Download adapter" }).click(),
	]);
	expect(download.suggestedFilename()).toMatch(/^tabtune-.*\.zip$/);
	const path = await download.path();
	const zip = unzipSync(new Uint8Array(await readFile(path)));
	expect(Object.keys(zip).sort()).toEqual(["README.md", "adapter_config.json", "adapter_model.safetensors"]);
	expect(JSON.parse(new TextDecoder().decode(zip["adapter_config.json"]))).toMatchObject({ peft_type: "LORA", r: 8 });

	// A fresh page without the run's adapter: the imported one gives the same answer.
	await open(page);
	await shorten(page);
	await expect(page.getByRole("button", { name: "Download adapter" })).toBeDisabled();
	const [chooser] = await Promise.all([
		page.waitForEvent("filechooser"),
		page.getByRole("button", { name: "Import adapter" }).click(),
	]);
	await chooser.setFiles({ name: "adapter.zip", mimeType: "application/zip", buffer: await readFile(path) });
	await expect(page.getByRole("button", { name: "Download adapter" })).toBeEnabled({ timeout: 30_000 });
	expect((await generate(page)).tuned).toBe(tuned);

	await train(page, 400);
	await expect(status(page)).toContainText(/step [1-9]\d*\/400/, { timeout: 60_000 });
	await page.getByRole("button", { name: "Pause" }).click();
	await expect(status(page)).toContainText("paused");
	await page.getByRole("button", { name: "Resume" }).click();
	const resumedAt = await stepOf(page);
	await expect(async () => expect(await stepOf(page)).toBeGreaterThan(resumedAt)).toPass({ timeout: 30_000 });
	await page.getByRole("button", { name: "Stop and keep" }).click();
	await expect(status(page)).toContainText("adapter kept", { timeout: 60_000 });
	await expect(page.getByRole("button", { name: "Download adapter" })).toBeEnabled();
	await expect(page.getByRole("button", { name: "Start", exact: true })).toBeEnabled();
});

test("own rows: pasted from a spreadsheet, from a file, and an invalid file reported by line", async ({ page }) => {
	await open(page);
	const data = page.getByRole("region", { name: "Data", exact: true });
	await data.getByText("Paste", { exact: true }).click();
	await data
		.getByRole("textbox", { name: "Your examples" })
		.fill("Who are you?\tI am Pip.\nHow old are you?\tI am seven.\nWhere do you live?\tIn a tree.");
	await data.getByRole("button", { name: "Use these rows" }).click();
	await expect(data).toContainText("3 spreadsheet rows");
	await expect(page).not.toHaveURL(/Pip/);

	const rows = Array.from({ length: 8 }, (_, i) =>
		JSON.stringify({ prompt: `Say ${i}.`, completion: `${i}, says the owl.` }),
	);
	await page
		.getByLabel("Add data file")
		.setInputFiles({ name: "owl.jsonl", mimeType: "text/plain", buffer: Buffer.from(rows.join("\n")) });
	await expect(data).toContainText("8 rows");

	rows[4] = '{"prompt": "Say';
	await page
		.getByLabel("Add data file")
		.setInputFiles({ name: "broken.jsonl", mimeType: "text/plain", buffer: Buffer.from(rows.join("\n")) });
	await expect(data.getByRole("alert")).toContainText("5");
	await expect(page.getByRole("button", { name: "Start", exact: true })).toBeDisabled();
});
