// Reads a LoRA adapter from a GGUF file, as llama.cpp's convert_lora_to_gguf.py and `loraGguf` write it: the scale of a module is
// adapter.lora.alpha / r, and alpha 0 means 1 (llama-adapter.cpp).
import { TabTuneError } from "../../shared/errors.ts";
import { adaptersMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import { firstNotFiniteBlock, notFiniteError } from "../formats/finite.ts";
import { openGguf } from "../formats/gguf.ts";
import { decodeBlocks } from "../formats/gguf-blocks.ts";
import type { ModelFolder } from "../formats/model-folder.ts";
import { huggingFaceName, isPaired, pairedRow } from "../models/gguf/architecture.ts";
import type { LoadedModel } from "../models/load.ts";
import { adapterOfModules, type ForeignModule, transposed } from "../peft/from-tensors.ts";
import type { PeftAdapter } from "../peft/index.ts";

/** @throws TabTuneError "adapter" for a file that is not such an adapter, or one of another architecture */
export async function readLoraGguf(model: LoadedModel, folder: ModelFolder, path: string): Promise<PeftAdapter> {
	const source = await folder.open(path);
	const { metadata, tensors } = await openGguf(source, path);
	const fail = (what: Message) =>
		new TabTuneError("adapter", { what, where: path, next: adaptersMessage("loraGguf.next") });
	const kind = metadata.get("general.type");
	if (kind !== "adapter" || metadata.get("adapter.type") !== "lora")
		throw fail(adaptersMessage("notLoraGguf", { kind: String(kind ?? "model") }));
	const architecture = model.family.gguf;
	const name = metadata.get("general.architecture");
	if (architecture === undefined || architecture.name !== name)
		throw fail(adaptersMessage("loraArchitecture", { name: String(name), model_type: model.config.model_type }));
	const tokens = metadata.get("adapter.alora.invocation_tokens");
	if (Array.isArray(tokens) && tokens.length > 0) throw fail(adaptersMessage("invocationTokens"));
	const alpha = Number(metadata.get("adapter.lora.alpha") ?? 0);
	if (!Number.isFinite(alpha)) throw fail(adaptersMessage("badAlpha", { alpha: String(alpha) }));
	const read = async (key: string) => {
		const tensor = tensors.get(key);
		if (tensor === undefined) throw fail(adaptersMessage("missing", { name: key }));
		const { type, shape } = tensor;
		const bytes = await source.read(tensor.offset, tensor.byteLength);
		const index = firstNotFiniteBlock(bytes, type.name, type.elements, type.bytes);
		if (index >= 0) throw notFiniteError("adapter", key, shape, index, path);
		return { values: decodeBlocks(type, bytes), shape };
	};
	const embedding = model.family.embedding(model.config).path;
	const modules: ForeignModule[] = [];
	for (const key of tensors.keys()) {
		const [, stored, part] = /^(.+)\.lora_(a|b)$/.exec(key) ?? [];
		const weight = stored === undefined ? undefined : huggingFaceName(architecture, stored);
		if (weight === undefined) throw fail(adaptersMessage("extraTensor", { name: key }));
		if (part === "b") {
			if (!tensors.has(`${stored}.lora_a`)) throw fail(adaptersMessage("missing", { name: `${stored}.lora_a` }));
			continue;
		}
		const [a, b] = [await read(key), await read(`${stored}.lora_b`)];
		const r = b.shape[b.shape.length - 1];
		const module = weight.replace(/\.weight$/, "");
		// llama.cpp looks rows of the embedding's A up by token id: [vocab, r].
		const table = module === embedding;
		const paired = isPaired(architecture, weight) !== null;
		modules.push({
			path: module,
			embedding: table,
			r,
			scaling: alpha === 0 ? 1 : alpha / r,
			A: table ? transposed(a.values, a.values.length / r, r) : a.values,
			B: paired ? rowsFromPairs(b.values, r, model.config.head_dim) : b.values,
		});
	}
	if (modules.length === 0) throw fail(adaptersMessage("notLoraGguf", { kind: "adapter" }));
	const paths = [
		...model.family.linearModules(model.config),
		model.family.head(model.config),
		model.family.embedding(model.config),
	].map((module) => module.path);
	return adapterOfModules(modules, null, 0, paths);
}

/** The inverse of `rowsToPairs`. values: [heads * head_dim, width] */
function rowsFromPairs(values: Float32Array, width: number, head_dim: number): Float32Array {
	const out = new Float32Array(values.length);
	for (let row = 0; row < values.length / width; row++) {
		const from = pairedRow(row, head_dim) * width;
		out.set(values.subarray(from, from + width), row * width);
	}
	return out;
}
