// Comparing in all modes, and every file the page exports, for one trained adapter.
import { readFile } from "node:fs/promises";
import { unzipSync } from "fflate";
import { expect, type Page, test } from "./test.ts";

const MINUTE = 60_000;

/** Waits until no answer is being generated. */
const quiet = (page: Page) =>
	expect(page.getByRole("button", { name: "Cancel", exact: true })).toBeHidden({ timeout: MINUTE });

const side = (page: Page, name: "Base" | "Tuned") => page.getByRole("region", { name, exact: true });

async function download(page: Page, press: () => Promise<void>): Promise<{ name: string; bytes: Uint8Array }> {
	const [file] = await Promise.all([page.waitForEvent("download"), press()]);
	return { name: file.suggestedFilename(), bytes: new Uint8Array(await readFile(await file.path())) };
}

test("one prompt, several prompts, a chat, strength and colours; the merged model, run.json, Python code and README", async ({
	page,
}) => {
	test.setTimeout(4 * MINUTE);
	await page.goto("/?steps=5&r=4");
	const start = page.getByRole("button", { name: "Start", exact: true });
	await expect(start).toBeEnabled({ timeout: MINUTE });
	await page.getByText("Sampling", { exact: true }).click();
	await page.getByRole("spinbutton", { name: "Max new tokens" }).fill("16");
	await start.click();
	await expect(page.getByRole("status")).toContainText("finished", { timeout: 2 * MINUTE });
	await quiet(page);
	expect(await side(page, "Tuned").textContent()).not.toBe(await side(page, "Base").textContent());

	await page.getByRole("button", { name: "Colour by likelihood" }).click();
	await expect(side(page, "Tuned").locator(".scored.more-3").first()).toBeVisible({ timeout: MINUTE });
	await expect(side(page, "Tuned").locator(".scored").first()).toHaveAttribute("title", /base .*% · tuned .*%/);

	// At strength 0 the tuned answer equals the base's.
	await page.getByRole("slider", { name: "Adapter strength" }).fill("0");
	await expect(side(page, "Tuned")).toHaveText((await side(page, "Base").textContent()) ?? "", { timeout: MINUTE });
	await quiet(page);
	await page.getByRole("slider", { name: "Adapter strength" }).fill("1");
	await expect(side(page, "Tuned")).not.toHaveText((await side(page, "Base").textContent()) ?? "", { timeout: MINUTE });
	await quiet(page);

	await page.getByRole("button", { name: "Several prompts" }).click();
	await page.getByRole("textbox", { name: /one per line/ }).fill("Hi\n\nWho are you?");
	await page.getByRole("button", { name: "Generate" }).click();
	await quiet(page);
	await expect(page.getByRole("row", { name: /^(Hi|Who are you)/ })).toHaveCount(2);
	for (const cell of await page
		.getByRole("row", { name: /^Who are you/ })
		.getByRole("cell")
		.all())
		await expect(cell).not.toBeEmpty();

	await page.getByRole("button", { name: "Chat", exact: true }).click();
	for (const words of ["Good night", "Thank you"]) {
		await page.getByRole("textbox", { name: "Prompt" }).fill(words);
		await page.getByRole("button", { name: "Send" }).click();
		await quiet(page);
	}
	await expect(side(page, "Tuned").getByRole("listitem")).toHaveCount(2);
	await page.getByRole("button", { name: "Clear the chat" }).click();
	await expect(side(page, "Tuned")).toHaveCount(0);

	const menu = async (name: string | RegExp) => {
		await page.getByRole("button", { name: "Other files" }).click();
		await page.getByRole("menuitem", { name }).click();
	};

	const merged = await download(page, () => menu(/Merged model/));
	expect(merged.name).toMatch(/merged\.zip$/);
	const files = unzipSync(merged.bytes);
	expect(Object.keys(files)).toEqual(
		expect.arrayContaining(["model.safetensors", "config.json", "tokenizer.json", "chat_template.jinja"]),
	);
	const base = await readFile("public/base-model/model.safetensors");
	expect(files["model.safetensors"]).toHaveLength(base.length);
	expect(Buffer.compare(Buffer.from(files["model.safetensors"]), base)).not.toBe(0);

	const run = await download(page, () => menu(/run\.json/));
	expect(JSON.parse(new TextDecoder().decode(run.bytes))).toMatchObject({ r: 4, max_steps: 5, learning_rate: 0.005 });
	await page.getByRole("spinbutton", { name: "Rank" }).fill("16");
	await page.getByText("More", { exact: true }).first().click();
	await page.getByLabel("Load run.json").setInputFiles({
		name: "run.json",
		mimeType: "application/json",
		buffer: Buffer.from(run.bytes),
	});
	await expect(page.getByRole("spinbutton", { name: "Rank" })).toHaveValue("4");
	await page.getByRole("searchbox", { name: "Search the settings" }).fill("decay");
	await expect(page.getByRole("spinbutton", { name: "Weight decay" })).toBeVisible();
	await expect(page.getByRole("spinbutton", { name: "Dropout" })).toHaveCount(0);

	await menu(/Python/);
	await expect(page.getByRole("dialog")).toContainText("PeftModel.from_pretrained");
	await page.keyboard.press("Escape");

	const adapter = await download(page, () => page.getByRole("button", { name: "Download adapter" }).click());
	const card = new TextDecoder().decode(unzipSync(adapter.bytes)["README.md"]);
	expect(card).toContain("licence: MIT");
	expect(card).toMatch(/25 rows, and 3 held out/);
	expect(card).toMatch(/Held-out loss \| \d\.\d+ before, \d\.\d+ after/);
});
