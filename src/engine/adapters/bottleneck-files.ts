// Reads and writes the folder of a bottleneck adapter.
import { TabTuneError } from "../../shared/errors.ts";
import { adaptersMessage } from "../../shared/messages/index.ts";
import { decodeToFloat32, type TensorFile } from "../formats/index.ts";
import type { LoadedModel } from "../models/load.ts";
import { type BottleneckConfig, type PeftFile, writeBottleneck } from "../peft/index.ts";
import type { Adapter } from "./adapter.ts";
import { adapterLayout, tensorsByForm } from "./layout.ts";
import { BOTTLENECK_NAME, readsStream } from "./methods/bottleneck.ts";
import { NO_LORA } from "./peft-adapter.ts";
import { type TrainableTensor, valuesOf } from "./trainable.ts";

export function settingsOfBottleneck(config: BottleneckConfig) {
	const { mh_adapter, output_adapter, reduction_factor, non_linearity } = config;
	return { mh_adapter, output_adapter, reduction_factor, non_linearity };
}

export async function bottleneckAdapter(
	model: LoadedModel,
	{ config: bottleneck, file }: { readonly config: BottleneckConfig; readonly file: TensorFile },
	where: string,
): Promise<Adapter> {
	const { original_ln_before } = bottleneck;
	const settings = { ...NO_LORA, method: "bottleneck", ...settingsOfBottleneck(bottleneck), original_ln_before };
	const layout = adapterLayout(model, settings);
	const params = new Float32Array(layout.size);
	const unread = new Set(file.tensors.keys());
	const next = adaptersMessage("otherBase.next", {
		base: bottleneck.model_name || adaptersMessage("anotherBase"),
		model: model.name,
	});
	for (const tensor of layout.tensors) {
		const key = storedName(tensor, bottleneck.name);
		const [stored, needed] = [file.tensors.get(key), storedShape(tensor).join(", ")];
		if (stored?.shape.join(", ") !== needed)
			throw new TabTuneError("adapter", {
				what:
					stored === undefined
						? adaptersMessage("missing", { name: key })
						: adaptersMessage("neededShape", { key, shape: stored.shape.join(", "), needed }),
				where,
				next,
			});
		valuesOf(params, tensor).set(decodeToFloat32(await file.readTensor(key), stored.dtype));
		unread.delete(key);
	}
	const [extra] = unread;
	if (extra !== undefined)
		throw new TabTuneError("adapter", {
			what: adaptersMessage("extraTensor", { name: extra }),
			where,
			next,
		});
	return { layout, params, config: null, bottleneck, stored: null };
}

/** The name of a tensor in the file of an adapter with another name. */
const storedName = ({ name }: TrainableTensor, adapter: string): string =>
	name.replace(`.adapters.${BOTTLENECK_NAME}.`, `.adapters.${adapter}.`);

/** Biases are vectors in the file. */
const storedShape = ({ name, shape }: TrainableTensor): readonly number[] =>
	name.endsWith(".bias") ? [shape[0]] : shape;

export function bottleneckFiles(
	model: Pick<LoadedModel, "name" | "config">,
	{ layout, params, config, bottleneck }: Adapter,
): PeftFile[] {
	const { settings } = layout;
	const { mh_adapter = false, output_adapter = false, reduction_factor = 1, non_linearity = "relu" } = settings;
	const fileConfig = bottleneck ?? {
		name: BOTTLENECK_NAME,
		hidden_size: model.config.hidden_size,
		mh_adapter,
		output_adapter,
		original_ln_before: readsStream(settings),
		reduction_factor,
		non_linearity,
		model_name: config?.base_model_name_or_path ?? model.name,
		model_type: model.config.model_type,
	};
	return writeBottleneck(
		fileConfig,
		(tensorsByForm(layout).get("bottleneck") ?? []).map((tensor) => ({
			name: storedName(tensor, fileConfig.name),
			shape: storedShape(tensor),
			values: valuesOf(params, tensor),
		})),
	);
}
