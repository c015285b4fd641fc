// Merges base and adapter into a GGUF file for llama.cpp, tensor by tensor, so that a whole model is never in memory. The
// metadata of a base from a GGUF file is copied; that of a Hugging Face folder is computed.
import { TabTuneError } from "../../../shared/errors.ts";
import type { JsonObject } from "../../../shared/json.ts";
import { adaptersMessage } from "../../../shared/messages/index.ts";
import { ggufTokenizerFields } from "../../formats/gguf-tokenizer-write.ts";
import { type GgufField, type GgufPlan, type GgufTensorToWrite, planGguf } from "../../formats/gguf-write.ts";
import { encodeBf16, encodeFloat32, folderJson, modelLicense, readModelTexts } from "../../formats/index.ts";
import { quantise } from "../../kernels/quantise.ts";
import { GGUF_BLOCK } from "../../kernels/weight-format.ts";
import { type GgufArchitecture, ggufName, isPaired, rowsToPairs } from "../../models/gguf/architecture.ts";
import { ggufConfigFields, ropeFactors } from "../../models/gguf/config-write.ts";
import { ROPE_TENSORS } from "../../models/gguf/rope.ts";
import { checkGgufTarget, checkGgufTokens } from "../../models/gguf/target-check.ts";
import type { LoadedModel } from "../../models/load.ts";
import type { ModelConfig } from "../../models/model-config.ts";
import type { Adapter } from "../adapter.ts";
import { encodeF16Checked, mergedConfig, mergedWeights } from "./merged-model.ts";

/** The types of matrices and their `general.file_type` (`llama_ftype` in llama.h). */
export const GGUF_OUTPUTS = {
	float32: { type: "F32", file_type: 0 },
	float16: { type: "F16", file_type: 1 },
	q8_0: { type: "Q8_0", file_type: 7 },
	bfloat16: { type: "BF16", file_type: 32 },
} as const;
export type GgufOutput = keyof typeof GGUF_OUTPUTS;

type Type = (typeof GGUF_OUTPUTS)[GgufOutput]["type"];

/**
 * @throws TabTuneError "adapter" for an adapter that cannot be merged, "not-yet" for an architecture and "tokenizer" for a
 * tokenizer that cannot be written
 */
export async function mergedGguf(model: LoadedModel, adapter: Adapter, dtype: GgufOutput): Promise<GgufPlan> {
	const weight = mergedWeights(model, adapter);
	const architecture = model.family.gguf;
	if (architecture?.written !== true)
		throw new TabTuneError("not-yet", {
			what: adaptersMessage("noGgufModel", { model_type: model.config.model_type }),
			next: adaptersMessage("noGgufModel.next"),
		});
	const { type, file_type } = GGUF_OUTPUTS[dtype];
	const config = mergedConfig(model, adapter.layout);
	const weights = model.family.weights(config);
	checkGgufTarget(architecture, config, weights);
	if (model.folder.gguf !== undefined && model.changes === null)
		checkGgufTokens(architecture, model.folder.gguf.file.metadata, config.vocab_size);
	const file = await folderJson(model.folder, "config.json");
	const fields: GgufField[] = [
		...(model.folder.gguf === undefined || model.changes !== null
			? await computedFields(model, config, architecture, file)
			: await copiedFields(model.folder.gguf)),
		{ key: "general.file_type", kind: "uint32", value: file_type },
		{ key: "general.quantization_version", kind: "uint32", value: 2 },
	];
	const tensors = weights.map(({ name, shape }): GgufTensorToWrite => {
		const written = ggufName(architecture, name);
		if (written === undefined) throw new Error(`${name} has no name in GGUF`);
		const width = shape[shape.length - 1];
		// As in llama.cpp's converter, norms and biases stay float32, and rows that are not whole blocks become float16.
		const stored = shape.length === 1 ? "F32" : type === "Q8_0" && width % GGUF_BLOCK !== 0 ? "F16" : type;
		return {
			name: written,
			shape,
			type: stored,
			bytes: async () => {
				const values = await weight(name);
				const rows = shape.length === 1 ? 1 : width;
				const paired = isPaired(architecture, name) !== null;
				return encoded(paired ? rowsToPairs(values, rows, config.head_dim) : values, width, stored, name);
			},
		};
	});
	return planGguf(fields, [...(await ropeTensors(model, file)), ...tensors]);
}

/** values: [rows, width] */
function encoded(values: Float32Array, width: number, type: Type, name: string): Uint8Array {
	switch (type) {
		case "F32":
			return encodeFloat32(values);
		case "BF16":
			return encodeBf16(values);
		case "F16":
			return encodeF16Checked(values, name);
		case "Q8_0": {
			const words = quantise("q8_0", values, values.length / width, width);
			return new Uint8Array(words.buffer, 0, (values.length / GGUF_BLOCK) * 34);
		}
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
