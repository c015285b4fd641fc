// Reads and writes a PEFT LoRA folder: the tensors of adapter_model.safetensors with the names that PEFT 0.21 gives them
// (peft/utils/save_and_load.py). lora-config.ts reads and writes the configuration.
import { TabTuneError } from "../../shared/errors.ts";
import { peftMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import type { TrainingFacts } from "../api.ts";
import { encodeFloat32, FLOAT_DTYPES } from "../formats/dtype.ts";
import { type ModelFolder, requiredText } from "../formats/model-folder.ts";
import { openSafetensors } from "../formats/safetensors.ts";
import { writeSafetensors } from "../formats/safetensors-write.ts";
import { peftKeys } from "./adapter-keys.ts";
import { adapterConfigJson, type LoraConfig, parseLoraConfig } from "./lora-config.ts";
import { type CardBase, modelCard } from "./model-card.ts";

/** lora_A [r, in], lora_B [out, r]; lora_embedding_A [r, vocab], lora_embedding_B [dim, r]; lora_magnitude_vector [out]. */
export type PeftPart =
	| "lora_A"
	| "lora_B"
	| "lora_B.bias"
	| "lora_embedding_A"
	| "lora_embedding_B"
	| "lora_magnitude_vector"
	| "other";

export interface PeftTensor {
	readonly key: string; // as in the file
	/** "model.layers.0.self_attn.q_proj"; null for a tensor that does not belong to LoRA. */
	readonly module: string | null;
	readonly part: PeftPart;
	readonly dtype: string; // "F32", "F16", "BF16" or "F64"
	readonly shape: readonly number[];
	readonly bytes: Uint8Array;
}

export interface PeftAdapter {
	readonly config: LoraConfig;
	readonly tensors: readonly PeftTensor[];
	/** Warnings about dropped keys, one sentence each. */
	readonly warnings: readonly Message[];
}

/** Splits a key of adapter_model.safetensors into module and part. */
export function parsePeftKey(key: string): { module: string | null; part: PeftPart } {
	const match =
		/^base_model\.model\.(.+)\.(?:(lora_[AB])\.weight|(lora_B\.bias|lora_embedding_[AB]|lora_magnitude_vector))$/.exec(
			key,
		);
	if (match === null) return { module: null, part: "other" };
	return { module: match[1], part: (match[2] ?? match[3]) as PeftPart };
}

/** Builds the key of a module's part; the inverse of `parsePeftKey`. Only A and B of a linear layer end in `.weight`. */
export function peftKey(module: string, part: Exclude<PeftPart, "other">): string {
	return `base_model.model.${module}.${part}${part === "lora_A" || part === "lora_B" ? ".weight" : ""}`;
}

/**
 * Reads a PEFT LoRA folder.
 * @throws TabTuneError "adapter" for a missing or broken file, "not-yet" for another kind of adapter.
 */
export async function readPeftAdapter(folder: ModelFolder): Promise<PeftAdapter> {
	const warnings: Message[] = [];
	const text = await requiredText(folder, "adapter_config.json", "adapter");
	const config = parseLoraConfig(text, `${folder.name}/adapter_config.json`, (message) => warnings.push(message));
	const stored = await readAdapterTensors(folder);
	const where = `${folder.name}/adapter_model.safetensors`;
	const keys = peftKeys(
		stored.map(({ key }) => key),
		where,
		(message) => warnings.push(message),
	);
	const tensors = stored.map((tensor, i) => ({ ...tensor, key: keys[i], ...parsePeftKey(keys[i]) }));
	checkPairs(tensors, (what, next) => new TabTuneError("adapter", { what, where, next }));
	return { config, tensors, warnings };
}

/** Reads every tensor of adapter_model.safetensors. @throws TabTuneError "adapter" when it is missing, broken or empty */
export async function readAdapterTensors(folder: ModelFolder): Promise<PeftTensor[]> {
	const where = `${folder.name}/adapter_model.safetensors`;
	const names = await folder.list();
	if (!names.includes("adapter_model.safetensors")) {
		throw new TabTuneError("adapter", {
			what: peftMessage("missing", { file: "adapter_model.safetensors" }),
			where: folder.name,
			next: names.includes("adapter_model.bin") ? peftMessage("binWeights.next") : peftMessage("wholeFolder.next"),
		});
	}
	const file = await openSafetensors(await folder.open("adapter_model.safetensors"), where, "adapter");
	const fail = (what: Message, next: Message) => new TabTuneError("adapter", { what, where, next });
	if (file.tensors.size === 0) throw fail(peftMessage("empty"), peftMessage("exportAgain.next"));
	const tensors: PeftTensor[] = [];
	for (const [key, { dtype, shape }] of file.tensors) {
		if (!FLOAT_DTYPES.includes(dtype)) {
			throw fail(peftMessage("storedAs", { key, dtype }), peftMessage("storedAs.next"));
		}
		tensors.push({ key, ...parsePeftKey(key), dtype, shape, bytes: await file.readTensor(key) });
	}
	return tensors;
}

/** Checks that every A has a B of the same rank. */
function checkPairs(tensors: readonly PeftTensor[], fail: (what: Message, next: Message) => TabTuneError): void {
	const next = peftMessage("damaged.next");
	const byKey = new Map(tensors.map((tensor) => [tensor.key, tensor]));
	for (const { key, module, part, shape } of tensors) {
		if (module === null || !/_[AB]$/.test(part)) continue;
		if (shape.length !== 2) throw fail(peftMessage("dimensions", { key, dimensions: shape.length }), next);
		const other = peftKey(
			module,
			part.replace(/[AB]$/, (end) => (end === "A" ? "B" : "A")) as Exclude<PeftPart, "other">,
		);
		const partner = byKey.get(other);
		if (partner === undefined) throw fail(peftMessage("unpaired", { key, other }), next);
		if (part.endsWith("A") && partner.shape[1] !== shape[0]) {
			throw fail(
				peftMessage("ranksDiffer", { key, shape: shape.join(", "), other, otherShape: partner.shape.join(", ") }),
				next,
			);
		}
	}
}

/** A file of an adapter folder. */
export interface PeftFile {
	readonly path: string;
	readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A tensor to write: float32 values, or the bytes of a tensor that was read. */
export type TensorValues = { readonly key: string; readonly shape: readonly number[] } & (
	| { readonly values: Float32Array }
	| { readonly dtype: string; readonly bytes: Uint8Array }
);

/** Builds the three files of an adapter folder. Values are written in float32; tensors given as bytes keep their dtype. */
export function writePeftAdapter(
	config: LoraConfig,
	tensors: readonly TensorValues[],
	facts: TrainingFacts | null = null,
	changes: CardBase = {},
): PeftFile[] {
	const encode = (text: string) => new TextEncoder().encode(text);
	return [
		adapterTensorFile(tensors),
		{ path: "adapter_config.json", bytes: encode(adapterConfigJson(config)) },
		{ path: "README.md", bytes: encode(modelCard(config, facts, changes)) },
	];
}

/** adapter_model.safetensors. */
export function adapterTensorFile(tensors: readonly TensorValues[]): PeftFile {
	const stored = tensors.map((tensor) => ({
		name: tensor.key,
		shape: tensor.shape,
		...("values" in tensor
			? { dtype: "F32", bytes: encodeFloat32(tensor.values) }
			: { dtype: tensor.dtype, bytes: tensor.bytes }),
	}));
	return { path: "adapter_model.safetensors", bytes: writeSafetensors(stored, { format: "pt" }) };
}
