// Adapters and bases of other programs, imported by hand: a LoRA GGUF file, the folder that mlx-lm saves, a zip whose adapter
// adds tokens to the base, and a GGUF model in two files.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tabtune } from "../src/cli/test-cli.ts";
import { openGguf } from "../src/engine/formats/gguf.ts";
import { bytesSource } from "../src/engine/formats/source.ts";
import { zipFiles } from "../src/engine/formats/zip.ts";
import { changedGguf } from "../src/engine/models/gguf/test-gguf.ts";
import { expect, type Page, test } from "./test.ts";

let folder = "";
test.beforeAll(async () => {
	test.setTimeout(180_000);
	folder = await mkdtemp(join(tmpdir(), "tabtune-imports-"));
	const rows = join(folder, "rows.jsonl");
	await writeFile(rows, `${JSON.stringify({ prompt: "say <tool>", completion: " now" })}\n`);
	const run = async (...args: string[]) => {
		const { status, stderr } = await tabtune(args);
		expect(status, stderr).toBe(0);
	};
	const train = ["train", "--model", "demo", "--train-file", rows, "--max-steps", "1", "--quiet"];
	await run(...train, "--r", "3", "--output-dir", join(folder, "plain"));
	await run(...train, "--r", "5", "--output-dir", join(folder, "tokens"), "--add-tokens", "<tool>");
	const plain = ["--model", "demo", "--adapter", join(folder, "plain")];
	await run("convert", ...plain, "--to", "gguf", "--output", join(folder, "lora.gguf"));
	await run("convert", ...plain, "--to", "mlx", "--output", join(folder, "mlx"));
	const merged = join(folder, "merged.gguf");
	await run("merge", ...plain, "--to", "gguf", "--dtype", "bfloat16", "--output", merged);
	const bytes = new Uint8Array(await readFile(merged));
	const count = (await openGguf(bytesSource(bytes), merged)).tensors.size;
	await mkdir(join(folder, "split"));
	for (const part of [0, 1]) {
		const uint32 = (key: string, value: number) => ({ key, kind: "uint32" as const, value });
		const fields = [uint32("split.no", part), uint32("split.count", 2), uint32("split.tensors.count", count)];
		const file = await changedGguf(bytes, { fields, only: (index) => index % 2 === part });
		await writeFile(join(folder, "split", `story-0000${part + 1}-of-00002.gguf`), file);
	}
});
test.afterAll(() => rm(folder, { recursive: true, force: true }));

const active = (page: Page) => page.evaluate(async () => (await globalThis.tabtune.engine?.adapter())?.r);

test("adapters of llama.cpp, MLX and PEFT with new tokens are imported, and a split GGUF file is opened", async ({
	page,
}) => {
	test.setTimeout(240_000);
	await page.goto("/");
	const start = page.getByRole("button", { name: "Start", exact: true });
	await expect(start).toBeEnabled({ timeout: 60_000 });
	await page.getByRole("tab", { name: "Library", exact: true }).click();
	await page.getByLabel("Import zip…").setInputFiles(join(folder, "lora.gguf"));
	await expect(page.getByRole("row", { name: /lora/ })).toContainText("imported");
	await page.getByLabel("Import folder…").setInputFiles(join(folder, "mlx"));
	await expect(page.getByRole("row", { name: /mlx/ })).toContainText("imported");
	const tokens = join(folder, "tokens");
	const names = (await readdir(tokens)).filter((name) => /\.(json|safetensors|jinja)$/.test(name));
	const files = await Promise.all(
		names.map(async (path) => ({ path, bytes: new Uint8Array(await readFile(join(tokens, path))) })),
	);
	const zip = Buffer.from(zipFiles(files));
	await page.getByLabel("Import zip…").setInputFiles({ name: "tokens.zip", mimeType: "application/zip", buffer: zip });
	await expect(page.getByRole("row", { name: /tokens/ })).toContainText("imported");
	for (const [name, r] of [
		["lora", 3],
		["tokens", 5],
		["mlx", 3],
	] as const) {
		await page.getByRole("button", { name: `Use ${name}`, exact: true }).click();
		await expect.poll(() => active(page), { timeout: 60_000 }).toBe(r);
	}

	await page.getByRole("tab", { name: "Workspace", exact: true }).click();
	const parts = (await readdir(join(folder, "split"))).map((name) => join(folder, "split", name));
	await page.getByLabel("Open GGUF file").setInputFiles(parts);
	await expect(page.getByRole("banner")).toContainText("story", { timeout: 60_000 });
	await expect(start).toBeEnabled({ timeout: 60_000 });
	// The model's own file is one without the other part.
	await page.getByLabel("Open GGUF file").setInputFiles(parts.slice(0, 1));
	await expect(page.getByRole("region", { name: "Model" }).getByRole("alert")).toContainText(
		"story-00002-of-00002.gguf",
	);
});
