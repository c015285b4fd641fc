// Merges base and adapter into a Hugging Face folder, tensor by tensor, so that a whole model is never in memory. The command
// line writes the files to disk, the page into a zip. merged-gguf.ts writes one GGUF file instead.
import { TabTuneError } from "../../../shared/errors.ts";
import { adaptersMessage } from "../../../shared/messages/index.ts";
import { requireFinite } from "../../formats/finite.ts";
import { encodeBf16, encodeF16, encodeFloat32, safetensorsHeader } from "../../formats/index.ts";
import { elements } from "../../graph/ir.ts";
import { weightName } from "../../models/linear.ts";
import { isQuantised, type LoadedModel } from "../../models/load.ts";
import type { ModelConfig } from "../../models/model-config.ts";
import { transpose } from "../../models/transposed-weights.ts";
import { weightValues } from "../../models/upload.ts";
import type { Adapter, AdapterLayout } from "../adapter.ts";
import { mergeEmbedding } from "../methods/lora-embedding.ts";
import { mergeTokenRows } from "../methods/token-rows.ts";
import { biasOf } from "../methods/trained-bias.ts";
import { valuesOf } from "../trainable.ts";
import { adaptedModule, mergeInto } from "./merge.ts";

/** Files that are copied from the base. */
const COPIED_FILES =
	/^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|vocab|added_tokens|merges|chat_template)\.(json|txt|jinja|model)$|^additional_chat_templates\/[^/]+\.jinja$|^(LICEN[CS]E|NOTICE|COPYING|USE_POLICY|README)(\.\w+)?$/i;

/** The dtypes of a merged model, by safetensors' names. */
const DTYPES = { F32: "float32", F16: "float16", BF16: "bfloat16" } as const;
type MergedDType = (typeof DTYPES)[keyof typeof DTYPES];

export interface MergedModel {
	readonly dtype: MergedDType;
	/** Size of model.safetensors. */
	readonly bytes: number;
	readonly files: readonly { readonly path: string; pieces(): AsyncIterable<Uint8Array> }[];
}

/** @throws TabTuneError "adapter" for methods that do not change the base's weights */
function refuseMerge({ methods, modules }: AdapterLayout): void {
	const biased = modules.find(({ module, bias }) => bias !== null && !module.bias);
	if (biased !== undefined)
		throw new TabTuneError("adapter", {
			what: adaptersMessage("biasNotMergeable", { path: biased.module.path }),
			next: adaptersMessage("apart.next"),
		});
	const unmergeable = methods.filter((part) => part === "prompt_tuning" || part === "bottleneck");
	if (unmergeable.length === 0) return;
	throw new TabTuneError("adapter", {
		what: adaptersMessage("notMergeable", { methods: unmergeable.join(" and ") }),
		next: adaptersMessage("apart.next"),
	});
}

/**
 * The configuration of the merged model. A head that is tied to the embedding becomes a separate matrix where the adapter
 * changes one of the two, or each by itself, as in `_unload_and_optionally_merge` of peft/tuners/tuners_utils.py.
 */
export function mergedConfig(
	{ family, config }: LoadedModel,
	{ modules, table, parts, tokenRows }: AdapterLayout,
): ModelConfig {
	const { path, weight } = family.head(config);
	if (weight === undefined) return config;
	const saved = parts.some(({ form = "lora", tensors }) =>
		tensors.some(
			({ name, copies }) => form === "lora" && copies === undefined && (name === weight || name === `${path}.weight`),
		),
	);
	const rows = tokenRows.some(({ uses }) => uses.length === 1);
	const untied = saved || rows || table !== null || modules.some(({ module }) => module.path === path);
	return untied ? { ...config, tie_word_embeddings: false } : config;
}

/**
 * The merged weights by name, each computed on request: float32, row by row, a copy.
 * @throws TabTuneError "adapter" for an adapter that cannot be merged
 */
export function mergedWeights(model: LoadedModel, adapter: Adapter): (name: string) => Promise<Float32Array> {
	refuseMerge(adapter.layout);
	const trained = new Map(adapter.layout.tensors.map((tensor) => [biasOf(tensor.name), tensor]));
	const head = model.family.head(model.config);
	return async (name) => {
		const whole = trained.get(name);
		const source = name === `${head.path}.weight` ? weightName(head) : name; // the base may tie the head
		const values = (whole === undefined ? await weightValues(model, source) : valuesOf(adapter.params, whole)).slice();
		const entry = adaptedModule(adapter.layout, name);
		if (entry !== undefined) mergeInto(values, adapter, entry);
		const ofBias = adapter.layout.modules.find(({ module }) => `${module.path}.bias` === name);
		if (ofBias !== undefined && ofBias.bias !== null)
			for (const [i, value] of valuesOf(adapter.params, ofBias.bias).entries()) values[i] += ofBias.scaling * value;
		const { table } = adapter.layout;
		for (const rows of adapter.layout.tokenRows)
			if (rows.uses.includes(name.slice(0, -".weight".length))) mergeTokenRows(values, adapter.params, rows);
		if (table !== null && name === `${table.module.path}.weight`) mergeEmbedding(values, adapter.params, table);
		return values;
	};
}

/**
 * @param dtype the merged weights' dtype; "auto" is that of the base: float16 if all its matrices are, float32 if any is, else
 * bfloat16. A quantised base is dequantised to the values that training used, and is bfloat16.
 */
export async function mergedModel(
	model: LoadedModel,
	adapter: Adapter,
	dtype: "auto" | MergedDType,
): Promise<MergedModel> {
	const weight = mergedWeights(model, adapter);
	const out = dtype === "auto" ? baseDType(model) : dtype === "float32" ? "F32" : dtype === "float16" ? "F16" : "BF16";
	const { weights: weightsOf, transposed = () => false } = model.family;
	const config = mergedConfig(model, adapter.layout);
	const weights = weightsOf(config);
	const { header, order } = safetensorsHeader(
		weights.map(({ name, shape }) => ({ name, shape: transposed(name) ? [...shape].reverse() : shape, dtype: out })),
		{ format: "pt" },
	);
	async function* tensors(): AsyncGenerator<Uint8Array> {
		yield header;
		for (const { name, shape } of order) {
			const values = await weight(name);
			const bytes =
				out === "F32" ? encodeFloat32(values) : out === "F16" ? encodeF16Checked(values, name) : encodeBf16(values);
			const written = transposed(name) ? transpose(bytes, shape[1], shape[0]) : bytes;
			requireFinite(name, shape, written, out);
			yield written;
		}
	}
	async function* kept(path: string): AsyncGenerator<Uint8Array> {
		if (path === "config.json") {
			yield new TextEncoder().encode(configJson(await model.folder.text(path), config, DTYPES[out]));
			return;
		}
		const source = await model.folder.open(path);
		yield await source.read(0, source.size);
	}
	const names = (await model.folder.list()).filter((name) => COPIED_FILES.test(name));
	return {
		dtype: DTYPES[out],
		bytes: header.length + weights.reduce((sum, { shape }) => sum + elements(shape), 0) * (out === "F32" ? 4 : 2),
		files: [
			{ path: "model.safetensors", pieces: tensors },
			...names.map((path) => ({ path, pieces: () => kept(path) })),
		],
	};
}

function baseDType({ dtype, family, config, files }: LoadedModel): keyof typeof DTYPES {
	const matrices = family.weights(config).filter(({ shape }) => shape.length > 1);
	if (matrices.every(({ name }) => files.tensors.get(name)?.dtype === "F16") && !isQuantised({ dtype })) return "F16";
	return dtype === "float32" || dtype === "mixed" ? "F32" : "BF16";
}

/** @throws TabTuneError "model" naming a weight with a value over float16's range */
export function encodeF16Checked(values: Float32Array, name: string): Uint8Array<ArrayBuffer> {
	const bytes = encodeF16(values);
	if (new Uint16Array(bytes.buffer).some((half) => (half & 0x7c00) === 0x7c00))
		throw new TabTuneError("model", {
			what: adaptersMessage("float16Range", { name }),
			next: adaptersMessage("float16Range.next"),
		});
	return bytes;
}

/** config.json with what the merge changes: the dtype, under the key that the file uses, and whether the head is tied. */
function configJson(source: string, { tie_word_embeddings, vocab_size }: ModelConfig, dtype: MergedDType): string {
	const config = JSON.parse(source) as Record<string, unknown>;
	const key = "torch_dtype" in config ? "torch_dtype" : "dtype";
	return `${JSON.stringify({ ...config, [key]: dtype, tie_word_embeddings, vocab_size }, null, 2)}\n`;
}
