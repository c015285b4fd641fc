// Merges base and adapter into a GGUF file for llama.cpp, tensor by tensor, so that a whole model is never in memory. The
// metadata of a base from a GGUF file is copied; that of a Hugging Face folder is computed.
import { TabTuneError } from "../../../shared/errors.ts";
import type { GgufDType } from "../../../shared/gguf-dtypes.ts";
import type { JsonObject } from "../../../shared/json.ts";
import { adaptersMessage } from "../../../shared/messages/index.ts";
import { quantiseGguf } from "../../formats/gguf-quantise/quantise.ts";
import { ggufTokenizerFields } from "../../formats/gguf-tokenizer-write.ts";
import { type GgufField, type GgufPlan, type GgufTensorToWrite, planGguf } from "../../formats/gguf-write.ts";
import { encodeBf16, encodeFloat32, folderJson, modelLicense, readModelTexts } from "../../formats/index.ts";
import { type GgufArchitecture, ggufName, isOnePlus, isPaired, rowsToPairs } from "../../models/gguf/architecture.ts";
import { ggufConfigFields, ropeFactors } from "../../models/gguf/config-write.ts";
import { byLayerAndName, type GgufTensorType, ggufFileType, ggufTensorTypes } from "../../models/gguf/file-types.ts";
import { ROPE_TENSORS } from "../../models/gguf/rope.ts";
import { checkGgufTarget, checkGgufTokens } from "../../models/gguf/target-check.ts";
import type { LoadedModel } from "../../models/load.ts";
import type { ModelConfig } from "../../models/model-config.ts";
import type { Adapter } from "../adapter.ts";
import { encodeF16Checked, mergedConfig, mergedWeights } from "./merged-model.ts";

/**
 * @throws TabTuneError "adapter" for an adapter that cannot be merged, "not-yet" for an architecture and "tokenizer" for a
 * tokenizer that cannot be written
 */
export async function mergedGguf(model: LoadedModel, adapter: Adapter, dtype: GgufDType): Promise<GgufPlan> {
	const weight = mergedWeights(model, adapter);
	const architecture = model.family.gguf;
	if (architecture?.written !== true)
		throw new TabTuneError("not-yet", {
			what: adaptersMessage("noGgufModel", { model_type: model.config.model_type }),
			next: adaptersMessage("noGgufModel.next"),
		});
	const merged = mergedConfig(model, adapter.layout);
	const config = architecture.untied === true ? { ...merged, tie_word_embeddings: false } : merged;
	const weights = model.family.weights(config);
	checkGgufTarget(architecture, config, weights);
	if (model.folder.gguf !== undefined && model.changes === null)
		checkGgufTokens(architecture, model.folder.gguf.file.metadata, config.vocab_size);
	const file = await folderJson(model.folder, "config.json");
	const fields: GgufField[] = [
		...(model.folder.gguf === undefined || model.changes !== null
			? await computedFields(model, config, architecture, file)
			: await copiedFields(model.folder.gguf)),
		{ key: "general.quantization_version", kind: "uint32", value: 2 },
		{ key: "general.file_type", kind: "uint32", value: ggufFileType(dtype) },
	];
	const named = weights.map((weight) => {
		const written = ggufName(architecture, weight.name);
		if (written === undefined) throw new Error(`${weight.name} has no name in GGUF`);
		return { name: written, shape: weight.shape, source: weight.name };
	});
	named.sort(byLayerAndName);
	const types = ggufTensorTypes(dtype, named, architecture.name, config);
	const tensors = named.map(
		({ name, shape, source }, i): GgufTensorToWrite => ({
			name,
			shape,
			type: types[i],
			bytes: async () => {
				const values = await weight(source);
				const rows = shape.length === 1 ? 1 : shape[shape.length - 1];
				const paired = isPaired(architecture, source) !== null;
				const stored = paired ? rowsToPairs(values, rows, config.head_dim) : values;
				return encoded(isOnePlus(architecture, source) ? stored.map((value) => value + 1) : stored, types[i], source);
			},
		}),
	);
	return planGguf(fields, [...(await ropeTensors(model, file)), ...tensors].sort(byLayerAndName));
}

function encoded(values: Float32Array, type: GgufTensorType, name: string): Uint8Array {
	switch (type) {
		case "F32":
			return encodeFloat32(values);
		case "BF16":
			return encodeBf16(values);
		case "F16":
			return encodeF16Checked(values, name);
		default:
			return quantiseGguf(type, values);
	}
}

type GgufOrigin = NonNullable<LoadedModel["folder"]["gguf"]>;

/** The fields of the base's file, except those about its quantisation. */
async function copiedFields({ file, source }: GgufOrigin): Promise<GgufField[]> {
	const old = /^general\.(file_type|quantization_version|alignment)$|^split\./;
	const fields: GgufField[] = [];
	for (const [key, { offset, byteLength }] of file.fields)
		if (!old.test(key)) fields.push({ key, kind: "copied", value: await source.read(offset, byteLength) });
	return fields;
}

async function computedFields(
	model: LoadedModel,
	config: ModelConfig,
	architecture: GgufArchitecture,
	file: JsonObject,
): Promise<GgufField[]> {
	const license = await modelLicense(model.folder);
	return [
		...ggufConfigFields(config, architecture, model.folder.name, file),
		...(license === null ? [] : [{ key: "general.license", kind: "text", value: license } as const]),
		...ggufTokenizerFields(await readModelTexts(model.folder), config),
	];
}

/** The tensors of rope scaling: those of the base's file, or computed from its config.json. */
async function ropeTensors(
	{ folder: { gguf }, config, changes }: LoadedModel,
	file: JsonObject,
): Promise<GgufTensorToWrite[]> {
	if (gguf === undefined || changes !== null)
		return Object.entries(ropeFactors(config, file)).map(([name, values]) => ({
			name,
			shape: [values.length],
			type: "F32",
			bytes: () => encodeFloat32(values),
		}));
	return ROPE_TENSORS.flatMap((name) => {
		const stored = gguf.file.tensors.get(name);
		if (stored === undefined) return [];
		const { shape, type, offset, byteLength } = stored;
		return [{ name, shape, type: type.name, bytes: () => gguf.source.read(offset, byteLength) }];
	});
}
