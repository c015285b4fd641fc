// Files for other programs: created in the page, or refused with the reason.
import { readFile } from "node:fs/promises";
import { openGguf } from "../src/engine/formats/gguf.ts";
import { bytesSource } from "../src/engine/formats/source.ts";
import { expect, type Page, test } from "./test.ts";

async function downloaded(page: Page, button: string): Promise<{ name: string; bytes: Uint8Array }> {
	const [download] = await Promise.all([
		page.waitForEvent("download"),
		page.getByRole("button", { name: button }).click(),
	]);
	return { name: download.suggestedFilename(), bytes: new Uint8Array(await readFile(await download.path())) };
}

test("exports a merged GGUF file and a TRL run; DoRA is rejected for vLLM with a reason", async ({ page }) => {
	await page.goto("/?steps=1&use_dora=true");
	const start = page.getByRole("button", { name: "Start", exact: true });
	await expect(start).toBeEnabled({ timeout: 60_000 });
	await start.click();
	await expect(page.getByRole("status")).toContainText("finished", { timeout: 90_000 });
	await page.getByRole("button", { name: "Other files" }).click();
	await page.getByRole("menuitem", { name: /For other programs/ }).click();
	const dialog = page.getByRole("dialog", { name: "For other programs" });

	await dialog.getByRole("combobox", { name: "Weights" }).selectOption("float16");
	const merged = await downloaded(page, "Merged GGUF: Download");
	expect(merged.name).toMatch(/-merged\.gguf$/);
	const { metadata, tensors } = await openGguf(bytesSource(merged.bytes), merged.name);
	expect(metadata.get("general.architecture")).toBe("llama");
	expect(tensors.get("blk.5.ffn_down.weight")).toMatchObject({ shape: [192, 512], type: { name: "F16" } });
	await expect(dialog.getByText(/^Saved: .*merged\.gguf/)).toBeVisible();

	const kit = await downloaded(page, "TRL, for multiple GPUs: Download");
	const inside = new TextDecoder("latin1").decode(kit.bytes);
	for (const file of ["train.py", "data/train.jsonl", "start/adapter_config.json", "model/model.safetensors"])
		expect(inside).toContain(file);

	await dialog.getByRole("button", { name: "vLLM: Check and download" }).click();
	await expect(dialog.getByRole("alert")).toContainText("DoRA cannot be written for vLLM");
});
