// Merges base and adapter into a Hugging Face folder, tensor by tensor, so that a whole model is never in memory. The command
// line writes the files to disk, the page into a zip. merged-gguf.ts writes one GGUF file instead.
import { TabTuneError } from "../../../shared/errors.ts";
import { adaptersMessage } from "../../../shared/messages/adapters.en.ts";
import { encodeBf16, encodeFloat32, safetensorsHeader } from "../../formats/index.ts";
import type { LoadedModel } from "../../models/load.ts";
import { transpose } from "../../models/transposed-weights.ts";
import { weightValues } from "../../models/upload.ts";
import type { Adapter, AdapterLayout } from "../adapter.ts";
import { mergeEmbedding } from "../methods/lora-embedding.ts";
import { biasOf } from "../methods/trained-bias.ts";
import { valuesOf } from "../trainable.ts";
import { adaptedModule, mergeInto } from "./merge.ts";

/** Files that are copied from the base. */
const KEPT =
	/^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|vocab|added_tokens|merges|chat_template)\.(json|txt|jinja|model)$/;

export interface MergedModel {
	readonly dtype: "float32" | "bfloat16";
	/** Size of model.safetensors. */
	readonly bytes: number;
	readonly files: readonly { readonly path: string; pieces(): AsyncIterable<Uint8Array> }[];
}

/** @throws TabTuneError "adapter" for methods that do not change the base's weights */
function refuseMerge({ methods }: AdapterLayout): void {
	const unmergeable = methods.filter((part) => part === "prompt_tuning" || part === "bottleneck");
	if (unmergeable.length === 0) return;
	throw new TabTuneError("adapter", {
		what: adaptersMessage("notMergeable", { methods: unmergeable.join(" and ") }),
		next: adaptersMessage("apart.next"),
	});
}

/** @throws TabTuneError "adapter" if only one use of a tied matrix was trained: the merged model has one matrix for both */
function refuseUntied({ family, config }: LoadedModel, trained: ReadonlyMap<string, unknown>): void {
	const { path, weight } = family.head(config);
	if (weight === undefined || trained.has(`${path}.weight`) === trained.has(weight) || trained.size === 0) return;
	if (!trained.has(`${path}.weight`) && family.weights(config).every(({ name }) => trained.has(name))) return;
	throw new TabTuneError("adapter", {
		what: adaptersMessage("untiedSaved", { path }),
		where: "modules_to_save",
		next: adaptersMessage("apart.next"),
	});
}

/** @throws TabTuneError "adapter" if LoRA changes one use of a tied matrix */
function refuseAdaptedTie({ family, config }: LoadedModel, { modules, table }: AdapterLayout): void {
	const { path, weight } = family.head(config);
	if (weight === undefined || (table === null && !modules.some(({ module }) => module.path === path))) return;
	throw new TabTuneError("adapter", {
		what: adaptersMessage("untiedAdapted", { path }),
		where: "target_modules",
		next: adaptersMessage("apart.next"),
	});
}

/**
 * The merged weights by name, each computed on request: float32, row by row, a copy.
 * @throws TabTuneError "adapter" for an adapter that cannot be merged
 */
export function mergedWeights(model: LoadedModel, adapter: Adapter): (name: string) => Promise<Float32Array> {
	refuseMerge(adapter.layout);
	const trained = new Map(adapter.layout.tensors.map((tensor) => [biasOf(tensor.name), tensor]));
	refuseUntied(model, trained);
	refuseAdaptedTie(model, adapter.layout);
	return async (name) => {
		const whole = trained.get(name);
		const values = (whole === undefined ? await weightValues(model, name) : valuesOf(adapter.params, whole)).slice();
		const entry = adaptedModule(adapter.layout, name);
		if (entry !== undefined) mergeInto(values, adapter, entry);
		const { table } = adapter.layout;
		if (table !== null && name === `${table.module.path}.weight`) mergeEmbedding(values, adapter.params, table);
		return values;
	};
}

/**
 * @param dtype the merged weights' dtype; "auto" is float32 if the base has float32 weights, else bfloat16. A quantised base
 * is dequantised to the values that training used.
 */
export async function mergedModel(
	model: LoadedModel,
	adapter: Adapter,
	dtype: "auto" | "float32" | "bfloat16",
): Promise<MergedModel> {
	const weight = mergedWeights(model, adapter);
	const out = dtype === "float32" || (dtype === "auto" && ["float32", "mixed"].includes(model.dtype)) ? "F32" : "BF16";
	const { weights: weightsOf, transposed = () => false } = model.family;
	const weights = weightsOf(model.config);
	const { header, order } = safetensorsHeader(
		weights.map(({ name, shape }) => ({ name, shape: transposed(name) ? [...shape].reverse() : shape, dtype: out })),
		{ format: "pt" },
	);
	async function* tensors(): AsyncGenerator<Uint8Array> {
		yield header;
		for (const { name, shape } of order) {
			const values = await weight(name);
			const bytes = out === "F32" ? encodeFloat32(values) : encodeBf16(values);
			yield transposed(name) ? transpose(bytes, shape[1], shape[0]) : bytes;
		}
	}
	async function* kept(path: string): AsyncGenerator<Uint8Array> {
		if (path === "config.json") {
			yield new TextEncoder().encode(mergedConfig(await model.folder.text(path), out));
			return;
		}
		const source = await model.folder.open(path);
		yield await source.read(0, source.size);
	}
	const names = (await model.folder.list()).filter((name) => KEPT.test(name));
	return {
		dtype: out === "F32" ? "float32" : "bfloat16",
		bytes: header.length + model.parameters * (out === "F32" ? 4 : 2),
		files: [
			{ path: "model.safetensors", pieces: tensors },
			...names.map((path) => ({ path, pieces: () => kept(path) })),
		],
	};
}

/** config.json with the dtype of the merged weights, under the key that the file uses. */
function mergedConfig(source: string, out: "F32" | "BF16"): string {
	const config = JSON.parse(source) as Record<string, unknown>;
	const key = "torch_dtype" in config ? "torch_dtype" : "dtype";
	return `${JSON.stringify({ ...config, [key]: out === "F32" ? "float32" : "bfloat16" }, null, 2)}\n`;
}
