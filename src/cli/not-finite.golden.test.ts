// NaN and infinity in a base, an adapter or a GGUF file are refused by tensor and index by every command, with status 2.
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tabtune } from "./test-cli.ts";

const GOLDEN = "fixtures/goldens/odd";
let dir: string;
beforeAll(async () => {
	dir = await mkdtemp(join(tmpdir(), "tabtune-finite-"));
	await cp(GOLDEN, join(dir, "base"), { recursive: true });
	await cp(`${GOLDEN}/final`, join(dir, "adapter"), { recursive: true });
	await setFloat(join(dir, "base", "model.safetensors"), "model.layers.1.mlp.up_proj.weight", 3, Number.NaN);
	await setFloat(join(dir, "adapter", "adapter_model.safetensors"), LORA, 3, Number.NEGATIVE_INFINITY);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const LORA = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight";

async function setFloat(path: string, tensor: string, index: number, value: number): Promise<void> {
	const bytes = await readFile(path);
	const length = Number(bytes.readBigUInt64LE());
	const [begin] = JSON.parse(bytes.subarray(8, 8 + length).toString())[tensor].data_offsets;
	bytes.writeFloatLE(value, 8 + length + begin + 4 * index);
	await writeFile(path, bytes);
}

async function refused(args: readonly string[], what: RegExp): Promise<void> {
	const { status, stderr } = await tabtune(args.map((arg) => arg.replace("OUT", dir)));
	expect(stderr).toMatch(what);
	expect(status).toBe(2);
}

describe("a base", () => {
	const what =
		/error: model\.layers\.1\.mlp\.up_proj\.weight contains NaN or infinity at \[0, 3\] \(.*model\.safetensors\)/;
	test.each([
		["evaluate", "--data", `${GOLDEN}/train.jsonl`],
		["logits", "--input-ids", "1,2", "--output", "OUT/logits.safetensors"],
		["train", "--train-file", `${GOLDEN}/train.jsonl`, "--r", "2", "--max-steps", "1", "--output-dir", "OUT/run"],
		["merge", "--adapter", `${GOLDEN}/final`, "--output-dir", "OUT/merged"],
		["merge", "--adapter", `${GOLDEN}/final`, "--output-dir", "OUT/merged", "--dtype", "nf4"],
	])("%s", (command, ...args) => refused([command, "--model", "OUT/base", ...args], what));
});

describe("an adapter", () => {
	const what = /error: base_model\S+q_proj\.lora_A\.weight contains NaN or infinity at \[0, 3\]/;
	const adapter = ["--adapter", "OUT/adapter"];
	test.each([
		["evaluate", ...adapter, "--data", `${GOLDEN}/train.jsonl`],
		["logits", ...adapter, "--input-ids", "1,2", "--output", "OUT/logits.safetensors"],
		["merge", ...adapter, "--output-dir", "OUT/merged"],
		["merge", ...adapter, "--to", "gguf", "--dtype", "q8_0", "--output", "OUT/merged.gguf"],
		["convert", ...adapter, "--to", "gguf", "--output", "OUT/lora.gguf"],
		["convert", ...adapter, "--to", "peft", "--output", "OUT/copy"],
		["train", ...adapter, "--train-file", `${GOLDEN}/train.jsonl`, "--max-steps", "1", "--output-dir", "OUT/run"],
		["spectrum", ...adapter],
		["truncate", ...adapter, "--rank", "1", "--output-dir", "OUT/cut"],
		["blend", "--adapters", "OUT/adapter,OUT/adapter", "--weights", "0.5,0.5", "--output-dir", "OUT/blend"],
	])("%s %s", (command, ...args) => refused([command, "--model", GOLDEN, ...args], what));

	test("inspect names it too", () => refused(["inspect", "OUT/adapter"], what));
});

test("nothing was written", async () => {
	expect((await readdir(dir)).sort()).toEqual(["adapter", "base"]);
});
