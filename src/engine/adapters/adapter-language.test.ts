// The tokenizer and the chat template in an adapter's folder replace those of the base, and are written with the adapter.

import { expect, test } from "vitest";
import { textOf } from "../../shared/messages/message.ts";
import { DEFAULT_SETTINGS } from "../../shared/settings.ts";
import { memoryFolder } from "../formats/index.ts";
import { openModelFiles } from "../models/load.ts";
import { testFolder } from "../train/test-runtime.ts";
import { openTextProcessor, promptIds, textEncoder } from "../train/text-processor.ts";
import { adapterFiles, openAdapterFolder, readAdapterFolder } from "./adapter-files.ts";
import { freshAdapter } from "./create-adapter.ts";

const TEMPLATE = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}";

const base = () => openModelFiles(testFolder("public/base-model"), "demo");

async function filesOf(method: string): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
	const model = await base();
	const adapter = await freshAdapter(model, { ...DEFAULT_SETTINGS, method, r: 2 }, textEncoder(model));
	return Object.fromEntries(adapterFiles(model, adapter).map(({ path, bytes }) => [path, bytes]));
}

test.each(["lora", "prompt_tuning", "lora+prompt_tuning"])(
	"a template in the folder of %s is used and kept",
	async (method) => {
		const model = await base();
		const files = { ...(await filesOf(method)), "chat_template.jinja": TEMPLATE };
		const opened = await openAdapterFolder(model, memoryFolder("own", files), "own");
		expect(opened.adapter.warnings?.map(textOf)).toEqual([
			"the tokenizer or chat template in own replaces that of the model",
		]);
		const processor = await openTextProcessor(opened.model.folder, opened.model.config);
		expect(processor.tokenizer.decode(promptIds(processor, "Hi"), { skipSpecialTokens: false })).toBe("<user>Hi");

		// It is written with the adapter, so that a checkpoint has it.
		const written = Object.fromEntries(
			adapterFiles(opened.model, opened.adapter).map(({ path, bytes }) => [path, bytes]),
		);
		expect(new TextDecoder().decode(written["chat_template.jinja"])).toBe(TEMPLATE);
		const again = await openAdapterFolder(opened.model, memoryFolder("again", written), "again");
		expect(again.model).toBe(opened.model);
		// Another adapter of the same base is not affected.
		expect((await openAdapterFolder(opened.model, memoryFolder("plain", await filesOf(method)), "plain")).model).toBe(
			model,
		);
		// Its weights can be used with those of others.
		expect((await readAdapterFolder(model, memoryFolder("own", files), "own")).warnings ?? []).toEqual([]);
	},
);

test("the same tokenizer and template as the base's change nothing", async () => {
	const model = await base();
	const language: Record<string, string> = {};
	for (const path of ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"])
		language[path] = await model.folder.text(path);
	const opened = await openAdapterFolder(
		model,
		memoryFolder("same", { ...(await filesOf("lora")), ...language }),
		"same",
	);
	expect(opened.model).toBe(model);
	expect(opened.adapter.warnings ?? []).toEqual([]);
});
