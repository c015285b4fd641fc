// A GGUF file as the Hugging Face folder it was made from: config.json and the tokenizer's files out of its metadata, its
// weights under their Hugging Face names, dequantised as they are read, whole rows at a time.
import { TabTuneError } from "../errors.ts";
import { type GgufFile, type GgufTensor, openGguf } from "./gguf.ts";
import { decodeBlocks } from "./gguf-blocks.ts";
import { GGUF_ARCHITECTURES, type GgufArchitecture, huggingFaceName, isPaired, pairedRow } from "./gguf-names.ts";
import { ggufRopeScaling } from "./gguf-rope.ts";
import { ggufTokenizer } from "./gguf-tokenizer.ts";
import type { ModelFolder } from "./model-folder.ts";
import type { TensorEntry, TensorFile } from "./safetensors.ts";
import { type ByteSource, bytesSource } from "./source.ts";

export const ROPE_FREQS = "rope_freqs.weight";

/**
 * @param name shown in errors
 * @throws TabTuneError "model" for a broken file or an architecture, "tokenizer" for a tokenizer, that is not known
 */
export async function ggufFolder(name: string, source: ByteSource): Promise<ModelFolder> {
	const file = await openGguf(source, name);
	const architecture = architectureOf(file, name);
	const config = await ggufConfig(file, source, architecture, name);
	const license = file.metadata.get("general.license");
	const texts = new Map<string, string>([
		["config.json", `${JSON.stringify(config, null, 2)}\n`],
		...Object.entries(ggufTokenizer(file.metadata, name)),
		...(typeof license === "string" ? [["README.md", `---\nlicense: ${license}\n---\n`] as const] : []),
	]);
	const text = async (path: string) => {
		const found = texts.get(path);
		if (found === undefined)
			throw new TabTuneError("model", { what: `${path} is missing`, where: name, next: "use another GGUF file" });
		return found;
	};
	return {
		name,
		list: async () => [...texts.keys()],
		text,
		open: async (path) => bytesSource(new TextEncoder().encode(await text(path))),
		gguf: { file, source },
		weights: async () => ggufWeights(file, source, architecture, config.head_dim as number, name),
	};
}

function architectureOf({ metadata }: GgufFile, where: string): GgufArchitecture {
	const kind = metadata.get("general.type") ?? "model";
	if (kind !== "model")
		throw new TabTuneError("model", {
			what: `this GGUF file holds an ${String(kind)}, not a model`,
			where,
			next: "give the GGUF file of the base model",
		});
	if (metadata.has("split.count") && metadata.get("split.count") !== 1)
		throw new TabTuneError("model", {
			what: `this is one of ${String(metadata.get("split.count"))} files of a split GGUF model`,
			where,
			next: "join them first with llama.cpp's llama-gguf-split --merge",
		});
	const name = metadata.get("general.architecture");
	const found = GGUF_ARCHITECTURES.find(({ model_type }) => model_type === name);
	if (found !== undefined) return found;
	throw new TabTuneError("model", {
		what: `the GGUF architecture ${JSON.stringify(name ?? null)} is not known`,
		where,
		next: `use a model of these: ${GGUF_ARCHITECTURES.map(({ model_type }) => model_type).join(", ")}`,
	});
}

async function ggufConfig(file: GgufFile, source: ByteSource, { model_type }: GgufArchitecture, where: string) {
	const { metadata, tensors } = file;
	const optional = (key: string) => {
		const value = metadata.get(`${model_type}.${key}`);
		return typeof value === "number" && Number.isFinite(value) ? value : undefined;
	};
	const need = (key: string) => {
		const value = optional(key);
		if (value !== undefined) return value;
		throw new TabTuneError("model", {
			what: `the field ${model_type}.${key} is missing or no number`,
			where,
			next: "download the file again, or make it again with llama.cpp's convert_hf_to_gguf.py",
		});
	};
	const embeddings = tensors.get("token_embd.weight");
	const [heads, hidden_size] = [need("attention.head_count"), need("embedding_length")];
	const head_dim = optional("attention.key_length") ?? hidden_size / heads;
	const freqs = tensors.get(ROPE_FREQS);
	const theta = optional("rope.freq_base") ?? 10_000;
	const factors = freqs && decodeBlocks(freqs.type, await source.read(freqs.offset, freqs.byteLength));
	const id = (key: string) => metadata.get(`tokenizer.ggml.${key}_token_id`) ?? null;
	return {
		architectures: [`${model_type[0].toUpperCase()}${model_type.slice(1)}ForCausalLM`],
		model_type,
		hidden_act: "silu",
		hidden_size,
		intermediate_size: need("feed_forward_length"),
		num_hidden_layers: need("block_count"),
		num_attention_heads: heads,
		num_key_value_heads: optional("attention.head_count_kv") ?? heads,
		head_dim,
		vocab_size: embeddings?.shape[0] ?? 0,
		max_position_embeddings: need("context_length"),
		rms_norm_eps: Number(need("attention.layer_norm_rms_epsilon").toPrecision(6)),
		rope_theta: theta,
		rope_scaling: ggufRopeScaling(metadata, model_type, { theta, head_dim, factors }, where),
		tie_word_embeddings: !tensors.has("output.weight"),
		attention_bias: tensors.has("blk.0.attn_q.bias"),
		mlp_bias: tensors.has("blk.0.ffn_up.bias"),
		bos_token_id: id("bos"),
		eos_token_id: id("eos"),
		pad_token_id: id("padding"),
		dtype: "float32",
	} as const;
}

/** The weights, float32 but where the file has 16 bits. */
function ggufWeights(
	file: GgufFile,
	source: ByteSource,
	architecture: GgufArchitecture,
	head_dim: number,
	where: string,
): TensorFile {
	const held = new Map<string, GgufTensor>();
	const tensors = new Map<string, TensorEntry>();
	for (const [gguf, tensor] of file.tensors) {
		if (gguf === ROPE_FREQS) continue; // in config.json
		const name = huggingFaceName(gguf);
		if (name === undefined)
			throw new TabTuneError("not-yet", {
				what: `the tensor ${gguf} has no place in the ${architecture.model_type} architecture`,
				where,
				next: "use a GGUF file of a plain model of this architecture",
			});
		held.set(name, tensor);
		const dtype = tensor.type.decode === null ? tensor.type.name : "F32";
		const byteLength = tensor.shape.reduce((product, n) => product * n, dtype === "F32" ? 4 : 2);
		tensors.set(name, { dtype, shape: tensor.shape, offset: tensor.offset, byteLength });
	}
	const tensorOf = (name: string): GgufTensor => {
		const tensor = held.get(name);
		if (tensor !== undefined) return tensor;
		throw new TabTuneError("model", { what: `there is no tensor ${name}`, where, next: "use another GGUF file" });
	};
	const fileRows = async (tensor: GgufTensor, from: number, to: number): Promise<Uint8Array<ArrayBuffer>> => {
		const rowBytes = tensor.byteLength / tensor.shape[0];
		const bytes = await source.read(tensor.offset + from * rowBytes, (to - from) * rowBytes);
		if (bytes.length === (to - from) * rowBytes) return bytes;
		throw new TabTuneError("model", { what: "the file has changed", where, next: "choose the file again" });
	};
	/** Rows `from` to `to` in the file's own blocks. */
	const blockRows = async (name: string, from: number, to: number): Promise<Uint8Array<ArrayBuffer>> => {
		const tensor = tensorOf(name);
		if (isPaired(architecture, name) === null) return fileRows(tensor, from, to);
		// Whole heads around the rows that are asked for, each row then taken from its place among the pairs.
		const first = Math.floor(from / head_dim) * head_dim;
		const raw = await fileRows(tensor, first, Math.min(Math.ceil(to / head_dim) * head_dim, tensor.shape[0]));
		const rowBytes = tensor.byteLength / tensor.shape[0];
		const out = new Uint8Array((to - from) * rowBytes);
		for (let row = from; row < to; row++) {
			const at = (pairedRow(row, head_dim) - first) * rowBytes;
			out.set(raw.subarray(at, at + rowBytes), (row - from) * rowBytes);
		}
		return out;
	};
	/** The same, decoded to the entry's dtype. */
	const rows = async (name: string, from: number, to: number): Promise<Uint8Array<ArrayBuffer>> => {
		const { type } = tensorOf(name);
		const bytes = await blockRows(name, from, to);
		return type.decode === null ? bytes : new Uint8Array(decodeBlocks(type, bytes).buffer as ArrayBuffer);
	};
	return {
		metadata: { format: "pt" },
		tensors,
		blocks: {
			typeOf: (name) => {
				const type = held.get(name)?.type;
				return type === undefined || type.decode === null ? undefined : type.name;
			},
			rows: blockRows,
		},
		readTensor: (name) => rows(name, 0, held.get(name)?.shape[0] ?? 0),
		async readRange(name, offset, length) {
			const { shape, byteLength } = tensors.get(name) ?? { shape: [1], byteLength: 1 };
			const rowBytes = byteLength / shape[0];
			const from = Math.floor(offset / rowBytes);
			const bytes = await rows(name, from, Math.min(Math.ceil((offset + length) / rowBytes), shape[0]));
			return bytes.slice(offset - from * rowBytes, offset - from * rowBytes + length);
		},
	};
}
