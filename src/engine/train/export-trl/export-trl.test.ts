// The folder of a TRL export: its rows, order and initial adapter are those of the run. fixtures/check_export_trl.py trains it
// with TRL.

import { expect, test } from "vitest";
import { SETTING_NAMES, SETTINGS } from "../../../shared/settings.ts";
import { freshAdapter } from "../../adapters/create-adapter.ts";
import { EncodedDataset } from "../../data/dataset.ts";
import { errorOf } from "../../formats/test-tools.ts";
import { openModelFiles } from "../../models/load.ts";
import { resolveSettings } from "../settings.ts";
import { testFolder } from "../test-runtime.ts";
import { exportTrl } from "./export-trl.ts";

const model = await openModelFiles(testFolder("fixtures/goldens/odd"), "owner/name@abc123");
const train = EncodedDataset.of(
	Array.from({ length: 11 }, (_, i) => ({
		input_ids: Int32Array.of(1, 2, 3 + i),
		labels: Int32Array.of(-100, 2, 3 + i),
	})),
);
const settings = resolveSettings(
	{ r: 4, max_steps: 6, per_device_train_batch_size: 2, gradient_accumulation_steps: 2, shuffle: true },
	"the test",
);

async function kit(changes: Partial<typeof settings> = {}) {
	const own = { ...settings, ...changes };
	const start = await freshAdapter(model, { ...own, init_lora_weights: true, bias: "none" }, () =>
		Promise.reject(new Error("unneeded")),
	);
	const files = await exportTrl({ model, start, settings: own, train, heldOut: train.split(0.2, 1).heldOut });
	const texts = new Map<string, string>();
	for (const { path, pieces } of files) {
		let text = "";
		for await (const piece of pieces()) text += new TextDecoder("latin1").decode(piece);
		texts.set(path, text);
	}
	return texts;
}

test("rows, order, settings and initial adapter equal those of the run", async () => {
	const texts = await kit();
	const rows = (texts.get("data/train.jsonl") ?? "").trim().split("\n");
	expect(rows.map((row) => JSON.parse(row).input_ids[2])).toEqual(Array.from({ length: 11 }, (_, i) => 3 + i));
	expect(JSON.parse(rows[0]).labels).toEqual([-100, 2, 3]);
	expect((texts.get("data/eval.jsonl") ?? "").trim().split("\n").length).toBe(2);
	// Eleven rows, four a step: three steps an epoch, so six steps are two epochs.
	expect(JSON.parse(texts.get("data/order.json") ?? "")).toEqual(
		[0, 1].map((epoch) => [...train.epochOrder(epoch, settings)]),
	);
	expect(JSON.parse(texts.get("run.json") ?? "")).toMatchObject({ model: "owner/name", revision: "abc123", settings });
	expect(JSON.parse(texts.get("start/adapter_config.json") ?? "")).toMatchObject({ r: 4, peft_type: "LORA" });
	expect(texts.has("start/adapter_model.safetensors")).toBe(true);
	expect(texts.get("README.md")).toMatch(/11 rows, 2 held out; 6 steps of 4 rows; LoRA of rank 4/);
});

test("no order is written for unshuffled rows", async () => {
	expect((await kit({ shuffle: false })).has("data/order.json")).toBe(false);
});

test("train.py uses every setting that the table marks as an argument or for the script", async () => {
	const texts = await kit();
	const script = texts.get("train.py") ?? "";
	const marked = (trl: string) => SETTING_NAMES.filter((name) => SETTINGS[name].trl === trl);
	expect(JSON.parse(texts.get("run.json") ?? "").sft_config).toEqual(marked("argument"));
	expect(script).toContain('**{name: s[name] for name in run["sft_config"]}');
	expect(SETTING_NAMES.filter((name) => script.includes(`s["${name}"]`))).toEqual(marked("script"));
});

test.each([
	[{ packing: true }, /packing/],
	[{ method: "prompt_tuning" }, /method prompt_tuning/],
	[{ loraplus_lr_ratio: 4 }, /loraplus_lr_ratio/],
	[{ bias: "all" as const }, /with bias/],
	[{ init_lora_weights: "pissa" }, /init_lora_weights pissa/],
])("%j is refused", async (changes, message) => {
	expect((await errorOf(() => kit(changes))).message).toMatch(message);
});
