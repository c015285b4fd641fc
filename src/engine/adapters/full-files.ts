// Writes and reads the result of full fine-tuning: a Hugging Face folder with float32 weights.
import { TabTuneError } from "../../shared/errors.ts";
import { adaptersMessage, modelsMessage } from "../../shared/messages/index.ts";
import { decodeToFloat32, FLOAT_DTYPES, type ModelFolder, openSafetensors } from "../formats/index.ts";
import type { LoadedModel } from "../models/load.ts";
import { withTransposedWeights } from "../models/transposed-weights.ts";
import type { PeftFile } from "../peft/index.ts";
import type { Adapter } from "./adapter.ts";
import { adapterLayout } from "./layout.ts";
import { mergedModel } from "./merge/merged-model.ts";
import { NO_LORA } from "./peft-adapter.ts";
import { valuesOf } from "./trainable.ts";

export async function fullFiles(model: LoadedModel, adapter: Adapter): Promise<PeftFile[]> {
	const { files } = await mergedModel(model, adapter, "float32");
	const whole = async ({ path, pieces }: (typeof files)[number]): Promise<PeftFile> => {
		const parts: Uint8Array<ArrayBuffer>[] = [];
		for await (const piece of pieces()) parts.push(piece as Uint8Array<ArrayBuffer>);
		return { path, bytes: new Uint8Array(await new Blob(parts).arrayBuffer()) };
	};
	return Promise.all(files.map(whole));
}

/** Reads a fully fine-tuned model as an adapter over its base. */
export async function readFull(model: LoadedModel, folder: ModelFolder, name: string): Promise<Adapter> {
	const layout = adapterLayout(model, { ...NO_LORA, method: "full" });
	const params = new Float32Array(layout.size);
	const opened = await openSafetensors(await folder.open("model.safetensors"), `${name}/model.safetensors`, "adapter");
	const file = withTransposedWeights(model.family, opened);
	for (const tensor of layout.tensors) {
		const stored = file.tensors.get(tensor.name);
		if (stored === undefined || stored.shape.join() !== tensor.shape.join())
			throw new TabTuneError("adapter", {
				what:
					stored === undefined
						? adaptersMessage("missing", { name: tensor.name })
						: adaptersMessage("otherShape", {
								name: tensor.name,
								shape: stored.shape.join(", "),
								expected: tensor.shape.join(", "),
							}),
				where: name,
				next: adaptersMessage("otherShape.next"),
			});
		if (!FLOAT_DTYPES.includes(stored.dtype))
			throw new TabTuneError("adapter", {
				what: modelsMessage("weightType", { weight: tensor.name, dtype: stored.dtype }),
				where: name,
				next: modelsMessage("weightType.next"),
			});
		valuesOf(params, tensor).set(decodeToFloat32(await file.readTensor(tensor.name), stored.dtype));
	}
	return { layout, params, config: null, stored: null };
}
