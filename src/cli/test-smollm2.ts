// SmolLM2-135M-Instruct for tests: converts the GGUF file to a Hugging Face folder, and writes the initial adapter of its goldens.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { adapterLayout } from "../engine/adapters/layout.ts";
import { loraFiles } from "../engine/adapters/peft-adapter.ts";
import { bytesSource, decodeToFloat32, encodeBf16, encodeFloat32, writeSafetensors } from "../engine/formats/index.ts";
import { elements } from "../engine/graph/ir.ts";
import { readModelConfig } from "../engine/models/config.ts";
import { ggufFolder } from "../engine/models/gguf/folder.ts";
import { llama } from "../engine/models/llama.ts";
import { kaimingUniform, Purpose } from "../engine/random.ts";
import { resolveSettings } from "../engine/train/settings.ts";
import { testFolder } from "../engine/train/test-runtime.ts";

export const SMOLLM2_GGUF = "../shared/models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf";
export const SMOLLM2_FIXTURE = "fixtures/smollm2";

/** Writes dir/model and dir/init. */
export async function smollm2Folders(dir: string, dtype: "bfloat16" | "float32"): Promise<void> {
	await ggufToFolder(SMOLLM2_GGUF, join(dir, "model"), dtype);
	await writeInit(join(dir, "model"), join(dir, "init"));
}

/** Converts a GGUF file to a Hugging Face folder: its text files, and its weights in one dtype. */
async function ggufToFolder(path: string, folder: string, dtype: "bfloat16" | "float32"): Promise<void> {
	const model = await ggufFolder(path, bytesSource(await readFile(path)));
	const weights = await model.weights?.();
	if (weights === undefined) throw new Error("a GGUF file has its weights in it");
	await mkdir(folder, { recursive: true });
	for (const name of await model.list()) await writeFile(join(folder, name), await model.text(name));
	const tensors = [];
	for (const [name, { dtype: storedDtype, shape }] of weights.tensors) {
		const values = decodeToFloat32(await weights.readTensor(name), storedDtype);
		const stored =
			dtype === "float32"
				? { dtype: "F32", bytes: encodeFloat32(values) }
				: { dtype: "BF16", bytes: encodeBf16(values) };
		tensors.push({ name, shape, ...stored });
	}
	await writeFile(join(folder, "model.safetensors"), writeSafetensors(tensors, { format: "pt" }));
}

/** The initial adapter, by the formula in the header of fixtures/make_smollm2.py. */
async function writeInit(model: string, folder: string): Promise<void> {
	const config = await readModelConfig(testFolder(model));
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
