// The library: three adapters trained over one base, switched, asked in one batch, blended; the blend kept, an adapter
// imported, renamed, tagged, found, deleted and restored. Switching allocates no buffer.
import { cleanInBoth } from "./axe.ts";
import { expect, type Page, test } from "./test.ts";
import { expectPace } from "./timing.ts";

const region = (page: Page, name: string) => page.getByRole("region", { name, exact: true });

test("three examples over one base: switched, asked, blended, deleted and restored", async ({ page }) => {
	test.setTimeout(600_000);
	await page.goto("/");
	await expect(page.getByRole("button", { name: "Start", exact: true })).toBeEnabled({ timeout: 60_000 });
	await page.getByRole("tab", { name: "Library", exact: true }).click();
	const library = region(page, "Adapters on this device");
	await expect(library).toContainText("No adapters yet");
	const started = Date.now();
	await library.getByRole("button", { name: "Train three examples" }).click();
	const uses = library.getByRole("button", { name: /^Use / });
	await expect(uses).toHaveCount(3, { timeout: 300_000 });
	await expect(library.getByRole("button", { name: "Train three examples" })).toBeEnabled({ timeout: 120_000 });
	console.log(`three examples in ${((Date.now() - started) / 1000).toFixed(0)} s`);

	// The first switch reads the adapter's file, later ones only write buffers. Neither allocates, since the plans stay.
	for (const use of await uses.all()) {
		await use.click();
		await expect(library).toContainText(/Switched in \d+ ms/);
		await expect(use).toBeEnabled();
	}
	const before = await page.evaluate(async () => globalThis.tabtune.engine?.counters());
	const times: number[] = [];
	for (let round = 0; round < 6; round++) {
		await uses.nth(round % 3).click();
		await expect(uses.nth(round % 3)).toBeEnabled();
		times.push(Number(/Switched in (\d+) ms/.exec((await library.textContent()) ?? "")?.[1]));
	}
	const after = await page.evaluate(async () => globalThis.tabtune.engine?.counters());
	expect(after).toEqual(before);
	console.log(`exchanges: ${times.join(", ")} ms`);
	expectPace("an exchange, median", [...times].sort((a, b) => a - b)[3], 50, "ms");

	for (const box of await library.getByRole("checkbox").all()) await box.check();
	const together = region(page, "Several at once");
	await together.getByLabel("Question").fill("Good night");
	await together.getByRole("button", { name: "Ask all" }).click();
	await expect(together.getByRole("button", { name: "Ask all" })).toBeEnabled({ timeout: 60_000 });
	const answers = await together.getByRole("definition").allTextContents();
	expect(new Set(answers).size).toBe(4);
	expect(answers.some((text) => /Ahoy/.test(text))).toBe(true);
	await expect(together).toContainText(/[\d.]+ tokens per second/);
	// In a batch each answers as it does alone: the last slot's adapter, and the base.
	const alone = (adapterStrength: number) =>
		page.evaluate(async (strength) => {
			const { engine } = globalThis.tabtune;
			const [{ id }] = (await engine?.runs())?.filter(({ checkpoint }) => checkpoint !== null) ?? [];
			await engine?.openRun(id);
			const sampling = { max_new_tokens: 48, temperature: 0, top_p: 1, top_k: 0, seed: 0 };
			const request = { prompt: "Good night", adapterStrength: strength, ...sampling };
			return (await engine?.generate(request, () => undefined))?.text;
		}, adapterStrength);
	expect(answers.map((text) => text.trim())).toContain((await alone(1))?.trim());
	expect(answers[0].trim()).toBe((await alone(0))?.trim());
	// cat is the exact weighted sum: with weights 1 and 0 it equals the first adapter.
	await together.getByLabel("Combination").selectOption("cat");
	const weights = together.getByRole("slider");
	await weights.nth(1).fill("0");
	await weights.nth(2).fill("0");
	await together.getByRole("button", { name: "Blend selected" }).click();
	await expect(together.getByText("The blend is now the adapter in memory")).toBeVisible({ timeout: 60_000 });
	await expect(together.getByRole("button", { name: "Blend selected" })).toBeEnabled({ timeout: 60_000 });
	await expect(together.locator("blockquote")).toHaveText(answers[1]);
	await expect.poll(async () => page.evaluate(async () => (await globalThis.tabtune.engine?.adapter())?.r)).toBe(24);
	await cleanInBoth(page, "the library with a blend");

	// The blend is exported, and imported again under a new name and tag.
	await together.getByRole("button", { name: "Keep the blend" }).click();
	await expect(uses).toHaveCount(4);
	const zip = await page.evaluate(async () => {
		const blob = await globalThis.tabtune.engine?.exportAdapter();
		const bytes = new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0));
		return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
	});
	const file = { name: "mine.zip", mimeType: "application/zip", buffer: Buffer.from(zip, "base64") };
	const input = library.locator('input[accept^=".zip"]');
	await input.setInputFiles({ ...file, buffer: Buffer.from("no zip") });
	await expect(library.getByRole("alert")).toContainText("This is not a zip");
	await input.setInputFiles(file);
	await expect(uses).toHaveCount(5);
	await library.getByRole("button", { name: "Name and tags of mine" }).click();
	await library.getByLabel("Tags", { exact: true }).fill("weekend");
	await library.getByLabel("Tags", { exact: true }).blur();
	await library.getByLabel("Name", { exact: true }).fill("Brought along");
	await library.getByLabel("Name", { exact: true }).blur();
	await page.reload();
	await expect(page.getByRole("button", { name: "Start", exact: true })).toBeEnabled({ timeout: 60_000 });
	await page.getByRole("tab", { name: "Library", exact: true }).click();
	await expect(uses).toHaveCount(5);
	// An adapter in a slot and the same adapter freshly loaded give the same answer.
	for (const box of (await library.getByRole("checkbox").all()).slice(-3)) await box.check();
	await together.getByLabel("Question").fill("Good night");
	await together.getByRole("button", { name: "Ask all" }).click();
	await expect(together.getByRole("definition")).toHaveCount(4, { timeout: 60_000 });
	await expect(together.getByRole("button", { name: "Ask all" })).toBeEnabled({ timeout: 60_000 });
	expect(await together.getByRole("definition").allTextContents()).toEqual(answers);
	await library.getByRole("searchbox").fill("weekend");
	await expect(uses).toHaveCount(1);
	await expect(library.getByRole("row", { name: /Brought along weekend/ })).toContainText("imported");
	await library.getByRole("button", { name: "Use Brought along" }).click();
	await expect.poll(async () => page.evaluate(async () => (await globalThis.tabtune.engine?.adapter())?.r)).toBe(24);
	await library.getByRole("button", { name: "Delete Brought along" }).click();
	await expect(uses).toHaveCount(0);
	await page.getByRole("button", { name: "Undo" }).click();
	await expect(uses).toHaveCount(1);
});
