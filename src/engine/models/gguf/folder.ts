// Presents a GGUF file as the Hugging Face folder that it was made from: config.json and the tokenizer's files come from its
// metadata, and its weights have their Hugging Face names and are dequantised while they are read, whole rows at a time.

import { TabTuneError } from "../../../shared/errors.ts";
import { ggufMessage } from "../../../shared/messages/index.ts";
import type { Message } from "../../../shared/messages/message.ts";
import { encodeFloat32 } from "../../formats/dtype.ts";
import { firstNotFiniteBlock, notFiniteError } from "../../formats/finite.ts";
import type { GgufFile, GgufTensor } from "../../formats/gguf.ts";
import { decodeBlocks } from "../../formats/gguf-blocks.ts";
import { DEFAULT_PRE_TOKENIZER } from "../../formats/gguf-pre-tokenizers.ts";
import { openWholeGguf } from "../../formats/gguf-split.ts";
import { ggufTokenizer, ggufTokenizerConfig } from "../../formats/gguf-tokenizer.ts";
import { isLanguageFile } from "../../formats/language-files.ts";
import { hasTokenizerTexts, type ModelFolder } from "../../formats/model-folder.ts";
import type { TensorEntry, TensorFile } from "../../formats/safetensors.ts";
import { type ByteSource, bytesSource } from "../../formats/source.ts";
import { readModelConfig } from "../config.ts";
import type { ModelFamily } from "../family.ts";
import { FAMILIES } from "../index.ts";
import { type GgufArchitecture, huggingFaceName, isOnePlus, isPaired, pairedRow } from "./architecture.ts";
import { ggufConfig } from "./config.ts";
import { checkMetadata } from "./metadata-check.ts";
import { ROPE_TENSORS } from "./rope.ts";

/**
 * @param name shown in errors
 * @param beside the files in the same folder: other files of a split model, and a tokenizer that replaces the file's
 * @throws TabTuneError "model" for a damaged file or an unknown architecture, "not-yet" naming what is not supported
 */
export async function ggufFolder(name: string, given: ByteSource, beside?: ModelFolder): Promise<ModelFolder> {
	const names = new Set(await beside?.list());
	const { file, source } = await openWholeGguf(name, given, async (part) =>
		beside !== undefined && names.has(part) ? beside.open(part) : null,
	);
	const { family, architecture } = familyOfFile(file, name);
	const config = await ggufConfig(file, source, family, architecture, name);
	const license = file.metadata.get("general.license");
	const warnings: Message[] = [];
	const tokenizer = await tokenizerFiles(beside, file, name, architecture);
	const { refused, texts: tokenizerTexts } = tokenizer;
	if (refused !== undefined) warnings.push(ggufMessage("noTokenizer", { reason: refused.parts.what as Message }));
	else if (tokenizer.missingPre) warnings.push(ggufMessage("missingPre", { name: DEFAULT_PRE_TOKENIZER }));
	const unread = file.metadata.unread().filter(({ key }) => tokenizer.isOfFile || !key.startsWith("tokenizer."));
	checkMetadata(unread, architecture.name, name);
	const texts = new Map<string, string>([
		["config.json", `${JSON.stringify(config, null, 2)}\n`],
		...Object.entries(tokenizerTexts),
		...(typeof license === "string" ? [["README.md", `---\nlicense: ${license}\n---\n`] as const] : []),
	]);
	const text = async (path: string) => {
		const found = texts.get(path);
		if (found === undefined)
			throw new TabTuneError("model", {
				what: ggufMessage("missing", { path }),
				where: name,
				next: ggufMessage("useAnother.next"),
			});
		return found;
	};
	const folder: ModelFolder = {
		name,
		list: async () => [...texts.keys()],
		text,
		open: async (path) => bytesSource(new TextEncoder().encode(await text(path))),
		gguf: { file, source },
		warnings,
		...(refused === undefined ? {} : { tokenizerError: refused }),
		async weights() {
			const used = new Set(family.weights(await readModelConfig(folder)).map((weight) => weight.name));
			return ggufWeights(file, source, architecture, Number(config.head_dim), used, name);
		},
	};
	return folder;
}

interface TokenizerFiles {
	/** File name → text. */
	readonly texts: Readonly<Record<string, string>>;
	/** Whether they are of the file, so that all its keys must be used. */
	readonly isOfFile: boolean;
	/** Why the file's tokenizer is not supported. Rows of token ids need none. */
	readonly refused?: TabTuneError;
	/** Whether the file does not say which pre-tokenizer it has. */
	readonly missingPre?: boolean;
}

async function tokenizerFiles(
	beside: ModelFolder | undefined,
	{ metadata }: GgufFile,
	name: string,
	{ stripsRight }: GgufArchitecture,
): Promise<TokenizerFiles> {
	const settings = ggufTokenizerConfig(metadata);
	if (beside !== undefined && (await hasTokenizerTexts(beside))) {
		const found = (await beside.list()).filter(isLanguageFile);
		const texts = await Promise.all(found.map(async (path) => [path, await beside.text(path)] as const));
		return { texts: { "tokenizer_config.json": settings, ...Object.fromEntries(texts) }, isOfFile: false };
	}
	try {
		const missingPre = metadata.get("tokenizer.ggml.model") === "gpt2" && !metadata.has("tokenizer.ggml.pre");
		return { texts: ggufTokenizer(metadata, name, stripsRight), isOfFile: true, missingPre };
	} catch (error) {
		if (!(error instanceof TabTuneError) || error.code !== "tokenizer") throw error;
		return { texts: { "tokenizer_config.json": settings }, isOfFile: false, refused: error };
	}
}

interface FamilyOfFile {
	readonly family: ModelFamily;
	readonly architecture: GgufArchitecture;
}

function familyOfFile({ metadata }: GgufFile, where: string): FamilyOfFile {
	const kind = metadata.get("general.type") ?? "model";
	if (kind !== "model")
		throw new TabTuneError("model", {
			what: ggufMessage("notModel", { kind: String(kind) }),
			where,
			next: ggufMessage("notModel.next"),
		});
	const name = metadata.get("general.architecture");
	const known = FAMILIES.flatMap((family) =>
		family.gguf === undefined ? [] : [{ family, architecture: family.gguf }],
	);
	const found = known.find(({ architecture }) => architecture.name === name);
	if (found !== undefined) return found;
	throw new TabTuneError("model", {
		what: ggufMessage("unknownArchitecture", { name: JSON.stringify(name ?? null) }),
		where,
		next: ggufMessage("unknownArchitecture.next", {
			names: [...new Set(known.map(({ architecture }) => architecture.name))].join(", "),
		}),
	});
}

/** The weights in float32, or in the file's 16-bit format. */
function ggufWeights(
	file: GgufFile,
	source: ByteSource,
	architecture: GgufArchitecture,
	head_dim: number,
	used: ReadonlySet<string>,
	where: string,
): TensorFile {
	const byName = new Map<string, GgufTensor>();
	const tensors = new Map<string, TensorEntry>();
	for (const [gguf, tensor] of file.tensors) {
		if (ROPE_TENSORS.includes(gguf)) continue; // config.json states it
		const name = huggingFaceName(architecture, gguf);
		if (name === undefined || !used.has(name))
			throw new TabTuneError("not-yet", {
				what: ggufMessage("unknownTensor", { tensor: gguf, model_type: architecture.name }),
				where,
				next: ggufMessage("unknownTensor.next"),
			});
		byName.set(name, tensor);
		const dtype = tensor.type.decode === null && !isOnePlus(architecture, name) ? tensor.type.name : "F32";
		const byteLength = tensor.shape.reduce((product, n) => product * n, dtype === "F32" ? 4 : 2);
		tensors.set(name, { dtype, shape: tensor.shape, offset: tensor.offset, byteLength });
	}
	const tensorOf = (name: string): GgufTensor => {
		const tensor = byName.get(name);
		if (tensor !== undefined) return tensor;
		throw new TabTuneError("model", {
			what: ggufMessage("noTensor", { name }),
			where,
			next: ggufMessage("useAnother.next"),
		});
	};
	const finite = (tensor: GgufTensor, bytes: Uint8Array<ArrayBuffer>, from: number): Uint8Array<ArrayBuffer> => {
		const { type, shape } = tensor;
		const index = firstNotFiniteBlock(bytes, type.name, type.elements, type.bytes);
		if (index < 0) return bytes;
		const [name = ""] = [...file.tensors].find(([, other]) => other === tensor) ?? [];
		throw notFiniteError("model", name, shape, from * (shape.at(1) ?? 1) + index, where);
	};
	const fileRows = async (tensor: GgufTensor, from: number, to: number): Promise<Uint8Array<ArrayBuffer>> => {
		const rowBytes = tensor.byteLength / tensor.shape[0];
		const bytes = await source.read(tensor.offset + from * rowBytes, (to - from) * rowBytes);
		if (bytes.length === (to - from) * rowBytes) return finite(tensor, bytes, from);
		throw new TabTuneError("model", { what: ggufMessage("changed"), where, next: ggufMessage("changed.next") });
	};
	/** Rows `from` to `to` in the file's blocks, in Hugging Face's order: interleaved rows are put back into halves. */
	const blockRows = async (name: string, from: number, to: number): Promise<Uint8Array<ArrayBuffer>> => {
		const tensor = tensorOf(name);
		if (isPaired(architecture, name) === null) return fileRows(tensor, from, to);
		// Reads whole heads around the requested rows, then copies each row from its interleaved position.
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
	/** Rows `from` to `to`, decoded to the entry's dtype. */
	const rows = async (name: string, from: number, to: number): Promise<Uint8Array<ArrayBuffer>> => {
		const { type } = tensorOf(name);
		const bytes = await blockRows(name, from, to);
		if (isOnePlus(architecture, name)) return encodeFloat32(decodeBlocks(type, bytes).map((value) => value - 1));
		return type.decode === null ? bytes : new Uint8Array(decodeBlocks(type, bytes).buffer as ArrayBuffer);
	};
	return {
		metadata: { format: "pt" },
		tensors,
		blocks: {
			typeOf: (name) => {
				const type = byName.get(name)?.type;
				return type === undefined || type.decode === null || isOnePlus(architecture, name) ? undefined : type.name;
			},
			rows: blockRows,
		},
		readTensor: (name) => rows(name, 0, byName.get(name)?.shape[0] ?? 0),
		async readRange(name, offset, length) {
			const { shape, byteLength } = tensors.get(name) ?? { shape: [1], byteLength: 1 };
			const rowBytes = byteLength / shape[0];
			const from = Math.floor(offset / rowBytes);
			const bytes = await rows(name, from, Math.min(Math.ceil((offset + length) / rowBytes), shape[0]));
			return bytes.slice(offset - from * rowBytes, offset - from * rowBytes + length);
		},
	};
}
