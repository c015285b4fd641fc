// Reads and writes the folder of a bottleneck adapter in the format of the `adapters` library 1.3 (loading.py, configuration/):
// settings under "config" in adapter_config.json, tensors in adapter.safetensors.
import { TabTuneError } from "../../shared/errors.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { modelsMessage, peftMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import { isFlag, isNumber, isString } from "../formats/checks.ts";
import { notYet, wrongValue } from "../formats/config-keys.ts";
import { encodeFloat32 } from "../formats/dtype.ts";
import { PythonFloat, parseMarkingFloats, pythonJson, withoutMarks } from "../formats/json.ts";
import { type ModelFolder, requiredText } from "../formats/model-folder.ts";
import { openSafetensors, type TensorFile } from "../formats/safetensors.ts";
import { writeSafetensors } from "../formats/safetensors-write.ts";
import type { PeftFile } from "./lora-files.ts";

const WEIGHTS = "adapter.safetensors";

/** The defaults of adapters.BnConfig, as the library saves them. */
const DEFAULTS: JsonObject = {
	adapter_residual_before_ln: false,
	cross_adapter: false,
	dropout: new PythonFloat(0),
	factorized_phm_W: true,
	factorized_phm_rule: false,
	hypercomplex_nonlinearity: "glorot-uniform",
	init_weights: "bert",
	init_weights_seed: null,
	inv_adapter: null,
	inv_adapter_reduction_factor: null,
	is_parallel: false,
	learn_phm: true,
	leave_out: [],
	ln_after: false,
	ln_before: false,
	original_ln_after: true,
	phm_bias: true,
	phm_c_init: "normal",
	phm_dim: 4,
	phm_init_range: 0.0001,
	phm_layer: false,
	phm_rank: 1,
	residual_before_ln: true,
	scaling: new PythonFloat(1), // the library refuses an integer
	shared_W_phm: false,
	shared_phm_rule: true,
	stochastic_depth: new PythonFloat(0),
	use_gating: false,
};

/** Keys that change what the tensors compute, so that only their defaults are supported. */
const MUST_BE_DEFAULT = [
	"adapter_residual_before_ln",
	"dropout",
	"inv_adapter",
	"is_parallel",
	"leave_out",
	"ln_after",
	"ln_before",
	"original_ln_after",
	"phm_layer",
	"residual_before_ln",
	"scaling",
	"stochastic_depth",
	"use_gating",
];

export interface BottleneckConfig {
	/** The adapter's name; the names of its tensors contain it. */
	readonly name: string;
	readonly hidden_size: number;
	readonly mh_adapter: boolean;
	readonly output_adapter: boolean;
	/** Whether a bottleneck's input includes the residual stream, or is the sublayer's output only. */
	readonly original_ln_before: boolean;
	readonly reduction_factor: number;
	readonly non_linearity: "relu" | "gelu";
	readonly model_name: string;
	readonly model_type: string;
	/** The file that was read, with floats marked; it is written unchanged. */
	readonly source?: JsonObject;
}

/** @throws TabTuneError "adapter" for a missing or broken file, "not-yet" for a variant that is not supported */
export async function readBottleneck(folder: ModelFolder): Promise<{ config: BottleneckConfig; file: TensorFile }> {
	const where = `${folder.name}/adapter_config.json`;
	const config = parse(await requiredText(folder, "adapter_config.json", "adapter"), where);
	const names = await folder.list();
	if (!names.includes(WEIGHTS))
		throw new TabTuneError("adapter", {
			what: peftMessage("missing", { file: WEIGHTS }),
			where: folder.name,
			next: names.includes("pytorch_adapter.bin") ? peftMessage("bottleneckBin.next") : peftMessage("wholeFolder.next"),
		});
	return { config, file: await openSafetensors(await folder.open(WEIGHTS), `${folder.name}/${WEIGHTS}`, "adapter") };
}

function parse(text: string, where: string): BottleneckConfig {
	const source = parseMarkingFloats(text, where, "adapter");
	const raw = withoutMarks(source) as JsonObject;
	const config = isObject(raw.config) ? raw.config : {};
	for (const key of MUST_BE_DEFAULT) {
		const usual = withoutMarks(DEFAULTS[key]);
		if (key in config && JSON.stringify(config[key]) !== JSON.stringify(usual))
			throw notYet(`"${key}": ${JSON.stringify(config[key])}`, where, peftMessage("bottleneck.next"));
	}
	const take = <T>(from: JsonObject, key: string, is: (value: unknown) => value is T, needed: Message): T => {
		const value = from[key];
		if (is(value)) return value;
		throw new TabTuneError("adapter", {
			what: wrongValue(key, value, needed),
			where,
			next: peftMessage("adapter.next"),
		});
	};
	const non_linearity = take(config, "non_linearity", isString, modelsMessage("aName"));
	if (non_linearity !== "relu" && non_linearity !== "gelu")
		throw notYet(`"non_linearity": "${non_linearity}"`, where, peftMessage("bottleneck.next"));
	return {
		name: take(raw, "name", isString, modelsMessage("aName")),
		hidden_size: take(raw, "hidden_size", isNumber, peftMessage("number")),
		mh_adapter: take(config, "mh_adapter", isFlag, modelsMessage("flag")),
		output_adapter: take(config, "output_adapter", isFlag, modelsMessage("flag")),
		original_ln_before: take(config, "original_ln_before", isFlag, modelsMessage("flag")),
		reduction_factor: take(config, "reduction_factor", isNumber, peftMessage("number")),
		non_linearity,
		model_name: take(raw, "model_name", isString, modelsMessage("aName")),
		model_type: take(raw, "model_type", isString, modelsMessage("aName")),
		source,
	};
}

/** Builds the files of a bottleneck adapter. @param tensors float32, by their full names */
export function writeBottleneck(
	config: BottleneckConfig,
	tensors: readonly { readonly name: string; readonly shape: readonly number[]; readonly values: Float32Array }[],
): PeftFile[] {
	const encode = (text: string) => new TextEncoder().encode(text);
	const stored = tensors.map(({ name, shape, values }) => ({
		name,
		shape,
		dtype: "F32",
		bytes: encodeFloat32(values),
	}));
	return [
		{ path: WEIGHTS, bytes: writeSafetensors(stored, { format: "pt" }) },
		{ path: "adapter_config.json", bytes: encode(pythonJson(config.source ?? fresh(config))) },
		{ path: "README.md", bytes: encode(card(config)) },
	];
}

function fresh(config: BottleneckConfig): JsonObject {
	const { name, hidden_size, model_name, model_type, source: _none, ...own } = config;
	return {
		config: { ...DEFAULTS, ...own },
		hidden_size,
		model_class: `${model_type.charAt(0).toUpperCase()}${model_type.slice(1)}ForCausalLM`,
		model_name,
		model_type,
		name,
		version: "adapters.1.3.0",
	};
}

function card({ name, model_name }: BottleneckConfig): string {
	return `# Bottleneck adapter for ${model_name}

Trained with TabTune.

\`\`\`python
import adapters
from transformers import AutoModelForCausalLM

model = AutoModelForCausalLM.from_pretrained(${JSON.stringify(model_name)})
adapters.init(model)
model.load_adapter("path/to/this/folder", use_safetensors=True, set_active=True)  # its name is ${name}
\`\`\`
`;
}
