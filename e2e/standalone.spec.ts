// The stand-alone file: created in the page, opened from disk in another profile, with the same answers.
import { stat } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "./test.ts";

const PROMPT = "Who are you?";

test("one file from disk contains engine, base and adapter, and gives the page's answers", async ({
	page,
	browser,
	watch,
}, info) => {
	await page.goto("/?steps=2");
	const start = page.getByRole("button", { name: "Start", exact: true });
	await expect(start).toBeEnabled({ timeout: 60_000 });
	await start.click();
	await expect(page.getByRole("status")).toContainText("finished", { timeout: 90_000 });
	const tuned = await page.evaluate(
		async (prompt) =>
			(
				await globalThis.tabtune.engine?.generate(
					{ prompt, adapterStrength: 1, max_new_tokens: 160, temperature: 0, top_p: 0.95, top_k: 0, seed: 43 },
					() => undefined,
				)
			)?.text,
		PROMPT,
	);
	await page.getByRole("button", { name: "Other files" }).click();
	const [download] = await Promise.all([
		page.waitForEvent("download"),
		page.getByRole("menuitem", { name: /Stand-alone file/ }).click(),
	]);
	const path = info.outputPath("alone.html");
	await download.saveAs(path);

	const other = await browser.newContext();
	await watch(other);
	const asked: string[] = [];
	other.on("request", (request) => asked.push(request.url()));
	const file = await other.newPage();
	const opened = performance.now();
	await file.goto(pathToFileURL(path).href);
	const ask = file.getByRole("button", { name: "Ask" });
	await expect(ask).toBeEnabled({ timeout: 60_000 });
	await file.getByRole("spinbutton", { name: "Temperature" }).fill("0");
	await file.getByRole("textbox", { name: "Prompt" }).fill(PROMPT);
	await ask.click();
	await expect(ask).toBeEnabled({ timeout: 60_000 });
	const { size } = await stat(path);
	console.log(
		`stand-alone: ${(size / 1e6).toFixed(1)} MB, ${((performance.now() - opened) / 1000).toFixed(1)} s from opening to both answers`,
	);
	const turn = file.getByRole("region", { name: "Conversation" }).getByRole("listitem");
	await expect(turn.locator(".tuned p")).toHaveText(tuned ?? "");
	await expect(turn.locator(".base p")).not.toHaveText(tuned ?? "");
	// The file itself and the worker embedded in it.
	expect(asked.filter((url) => !/^(file|blob):/.test(url))).toEqual([]);
	for (const colorScheme of ["light", "dark"] as const) {
		await file.emulateMedia({ colorScheme });
		expect(
			(await new AxeBuilder({ page: file }).analyze()).violations.map(({ id, nodes }) => [id, nodes[0].html]),
		).toEqual([]);
	}
	await expect(file.getByText(/25 rows, 2 steps, rank 8 · held-out loss \d\.\d+ → /)).toBeVisible();
	await file.screenshot({ path: info.outputPath("alone.png") });
	await other.close();
});
