// SmolLM2-135M-Instruct for tests: its Hugging Face folder out of the GGUF, and the adapter its golden runs start from.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { adapterLayout } from "../engine/adapters/layout.ts";
import { loraFiles } from "../engine/adapters/peft-adapter.ts";
import { readModelConfig } from "../engine/formats/hf-config.ts";
import { elements } from "../engine/graph/ir.ts";
import { llama } from "../engine/models/llama.ts";
import { kaimingUniform, Purpose } from "../engine/random.ts";
import { resolveSettings } from "../engine/train/settings.ts";
import { testFolder } from "../engine/train/test-workbench.ts";
import { ggufToFolder } from "./test-gguf.ts";

export const SMOLLM2_GGUF = "../shared/models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf";
export const SMOLLM2_FIXTURE = "fixtures/smollm2";

/** Writes dir/model and dir/init. */
export async function smollm2Folders(dir: string, dtype: "bfloat16" | "float32"): Promise<void> {
	await ggufToFolder(SMOLLM2_GGUF, join(dir, "model"), dtype);
	await writeInit(join(dir, "model"), join(dir, "init"));
}

/** The starting adapter, as the head of fixtures/make_smollm2.py writes it out. */
async function writeInit(model: string, folder: string): Promise<void> {
	const config = await readModelConfig(testFolder(model), ["llama"]);
	const settings = resolveSettings(JSON.parse(await readFile(`${SMOLLM2_FIXTURE}/run.json`, "utf8")), "run.json");
	const layout = adapterLayout({ family: llama, config }, settings);
	const params = new Float32Array(layout.size);
	layout.modules.forEach(({ A, B, module }, m) => {
		params.set(kaimingUniform(elements(A.shape), module.in, 42, Purpose.init, 2 * m), A.offset);
		params.set(kaimingUniform(elements(B.shape), 2500, 42, Purpose.init, 2 * m + 1), B.offset);
	});
	await mkdir(folder, { recursive: true });
	for (const { path, bytes } of loraFiles(
		{ name: "SmolLM2-135M-Instruct", family: llama, config },
		{ layout, params, config: null, stored: null },
	))
		await writeFile(join(folder, path), bytes);
}
