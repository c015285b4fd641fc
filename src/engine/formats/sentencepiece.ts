// Builds tokenizer.json from tokenizer.model, SentencePiece's file (sentencepiece_model.proto), as transformers 5 does for
// LlamaTokenizer (models/llama/tokenization_llama.py). Only its BPE without normalisation is supported, which Llama and Mistral have.
import { TabTuneError } from "../../shared/errors.ts";
import type { JsonObject } from "../../shared/json.ts";
import { refuseLfsPointer } from "../../shared/lfs-pointer.ts";
import { filesMessage } from "../../shared/messages/index.ts";
import { parseJsonObject } from "../../shared/parse-json.ts";
import { mergesOfScores } from "./gguf-tokenizer.ts";

/** `ModelProto.SentencePiece.Type` */
const [UNKNOWN, CONTROL, USER_DEFINED] = [2, 3, 4];
/** `TrainerSpec.ModelType` */
const MODEL_TYPES = ["", "unigram", "BPE", "word", "char"];
const BPE = 2;

interface SentencePieceFiles {
	readonly name: string; // of the folder
	readonly bytes: Uint8Array; // tokenizer.model
	readonly tokenizer_config?: string;
	readonly config?: string;
}

/** @throws TabTuneError "tokenizer" for a damaged file, or a kind whose rules the file does not tell */
export function tokenizerFromSentencePiece({ name, bytes, ...files }: SentencePieceFiles): string {
	const where = `${name}/tokenizer.model`;
	refuseLfsPointer(new TextDecoder().decode(bytes.subarray(0, 200)), where, "tokenizer");
	const optional = (text: string | undefined, path: string): JsonObject =>
		text === undefined ? {} : parseJsonObject(text, `${name}/${path}`, "tokenizer");
	const settings = optional(files.tokenizer_config, "tokenizer_config.json");
	const { model_type } = optional(files.config, "config.json");
	const kind = String(settings.tokenizer_class ?? model_type ?? "unknown");
	const refused = (kind: string) =>
		new TabTuneError("tokenizer", {
			what: filesMessage("sentencePieceKind", { kind }),
			where,
			next: filesMessage("vocabKind.next"),
		});
	if (!/^(llama|mistral)/i.test(kind)) throw refused(kind);
	const { pieces, modelType, charsmap } = parsed(bytes, where);
	if (modelType !== BPE) throw refused(MODEL_TYPES[modelType] ?? "unknown");
	if (charsmap > 0) throw refused("precompiled_charsmap");

	const tokens = pieces.map(({ piece }) => piece);
	const idOf = (token: unknown) => tokens.indexOf(String(token));
	const [bos, eos] = [settings.bos_token ?? "<s>", settings.eos_token ?? "</s>"].map((token) =>
		typeof token === "string" ? token : String((token as JsonObject).content),
	);
	const prefix = settings.add_prefix_space !== false;
	const ends = [
		...(settings.add_bos_token === true && idOf(bos) >= 0 ? [bos] : []),
		"",
		...(settings.add_eos_token === true && idOf(eos) >= 0 ? [eos] : []),
	];
	const template = (id: "A" | "B", type_id: number) =>
		ends.map((token) => (token === "" ? { Sequence: { id, type_id } } : { SpecialToken: { id: token, type_id } }));
	const named = ends
		.filter((token) => token !== "")
		.map((token) => [token, { id: token, ids: [idOf(token)], tokens: [token] }]);
	const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false };
	return JSON.stringify({
		version: "1.0",
		truncation: null,
		padding: null,
		added_tokens: pieces.flatMap(({ piece, type }, id) =>
			[UNKNOWN, CONTROL, USER_DEFINED].includes(type)
				? [{ id, content: piece, ...plain, special: type !== USER_DEFINED }]
				: [],
		),
		normalizer: null,
		pre_tokenizer: {
			type: "Metaspace",
			replacement: "▁",
			prepend_scheme: prefix ? (settings.legacy === true ? "always" : "first") : "never",
			split: false,
		},
		post_processor: {
			type: "TemplateProcessing",
			single: template("A", 0),
			pair: [...template("A", 0), ...template("B", 1)],
			special_tokens: Object.fromEntries(named),
		},
		decoder: {
			type: "Sequence",
			decoders: [
				{ type: "Replace", pattern: { String: "▁" }, content: " " },
				{ type: "ByteFallback" },
				{ type: "Fuse" },
				...(prefix ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
			],
		},
		model: {
			type: "BPE",
			dropout: null,
			unk_token: null,
			continuing_subword_prefix: null,
			end_of_word_suffix: null,
			fuse_unk: true,
			byte_fallback: true,
			ignore_merges: false,
			vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
			merges: mergesOfScores(
				tokens,
				pieces.map(({ score }) => score),
			),
		},
	});
}

interface Piece {
	readonly piece: string;
	readonly score: number;
	readonly type: number;
}

function parsed(bytes: Uint8Array, where: string): { pieces: Piece[]; modelType: number; charsmap: number } {
	const pieces: Piece[] = [];
	let [modelType, charsmap] = [1, 0];
	try {
		for (const { field, value } of fieldsOf(bytes)) {
			if (!(value instanceof Uint8Array)) continue;
			const inner = new Map([...fieldsOf(value)].map((part) => [part.field, part.value]));
			const number = (key: number, fallback: number) => {
				const found = inner.get(key);
				return typeof found === "number" ? found : fallback;
			};
			const text = inner.get(1);
			if (field === 1 && text instanceof Uint8Array)
				pieces.push({
					piece: new TextDecoder("utf-8", { fatal: true }).decode(text),
					score: number(2, 0),
					type: number(3, 1),
				});
			const map = inner.get(2);
			if (field === 2) modelType = number(3, 1);
			if (field === 3 && map instanceof Uint8Array) charsmap = map.length;
		}
	} catch (cause) {
		throw damaged(where, cause);
	}
	if (pieces.length === 0) throw damaged(where);
	return { pieces, modelType, charsmap };
}

function damaged(where: string, cause?: unknown): TabTuneError {
	const parts = { what: filesMessage("sentencePieceDamaged"), where, next: filesMessage("wholeFolder.next") };
	return new TabTuneError("tokenizer", parts, { cause });
}

/** The fields of a protocol buffer: numbers, float32 or bytes. @throws RangeError for a damaged one */
function* fieldsOf(bytes: Uint8Array): Generator<{ readonly field: number; readonly value: number | Uint8Array }> {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	let at = 0;
	const varint = (): number => {
		let value = 0;
		for (let shift = 0; ; shift += 7) {
			const byte = view.getUint8(at++);
			value += (byte & 127) * 2 ** shift;
			if (byte < 128) return value;
		}
	};
	while (at < bytes.length) {
		const key = varint();
		const field = Math.floor(key / 8);
		switch (key % 8) {
			case 0:
				yield { field, value: varint() };
				break;
			case 1:
				at += 8;
				break;
			case 2: {
				const length = varint();
				if (at + length > bytes.length) throw new RangeError("a field ends after the file");
				yield { field, value: bytes.subarray(at, at + length) };
				at += length;
				break;
			}
			case 5:
				yield { field, value: view.getFloat32(at, true) };
				at += 4;
				break;
			default:
				throw new RangeError("unknown wire type");
		}
	}
}
