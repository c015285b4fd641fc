// GGUF files of families beside Llama, as the gguf package writes them, held to the Hugging Face folders they came from; and the
// way back, through our own writer.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ggufFolder } from "../formats/gguf-model.ts";
import { writeGguf } from "../formats/gguf-write.ts";
import { bytesSource } from "../formats/index.ts";
import { type LoadedModel, openModelFiles } from "../models/load.ts";
import { weightValues } from "../models/upload.ts";
import { testFolder } from "../train/test-workbench.ts";
import { adapterLayout } from "./layout.ts";
import { mergedGguf } from "./merged-gguf.ts";
import { mergedWeights } from "./merged-model.ts";
import { NO_LORA } from "./peft-adapter.ts";

const opened = async (bytes: Uint8Array<ArrayBuffer>) =>
	openModelFiles(await ggufFolder("tiny.gguf", bytesSource(bytes)), "tiny");

/** Of Qwen 2 attention_bias says nothing: it has biases always. */
const shapeOf = ({ config }: LoadedModel) => ({ ...config, dtype: null, pad_token_id: null, attention_bias: null });

test.each(["qwen2", "qwen3"])(
	"%s: read as its Hugging Face folder, and written so that it is read again",
	async (name) => {
		const folder = await openModelFiles(testFolder(`fixtures/goldens/${name}`), name);
		const file = await opened(new Uint8Array(readFileSync(`fixtures/gguf-${name}.gguf`)));
		const weights = folder.family.weights(folder.config);
		expect(shapeOf(file)).toEqual(shapeOf(folder));
		for (const { name: weight } of weights)
			expect(await weightValues(file, weight), weight).toEqual(await weightValues(folder, weight));

		const layout = adapterLayout(file, { ...NO_LORA, r: 2, lora_alpha: 4, target_modules: ["q_proj", "down_proj"] });
		const params = Float32Array.from({ length: layout.size }, (_, i) => Math.sin(i) / 8);
		const hand = { layout, params, config: null, stored: null };
		const again = await opened(await writeGguf(await mergedGguf(file, hand, "float32")));
		const merged = mergedWeights(file, hand);
		for (const { name: weight } of weights)
			expect(await weightValues(again, weight), weight).toEqual(await merged(weight));
	},
);
