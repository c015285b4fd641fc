// Builds tokenizer.json from vocab.json and merges.txt, as transformers converts the tokenizers of GPT-2 and Qwen
// (GPT2Converter and Qwen2Converter of convert_slow_tokenizer.py).
import { TabTuneError } from "../../shared/errors.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { filesMessage } from "../../shared/messages/index.ts";
import { parseJsonObject } from "../../shared/parse-json.ts";

const QWEN_SPLIT =
	"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

interface VocabMerges {
	readonly name: string; // of the folder
	readonly vocab: string; // vocab.json
	readonly merges: string; // merges.txt
	readonly tokenizer_config?: string;
	readonly config?: string;
}

/** @throws TabTuneError "tokenizer" for a broken file, or a kind of tokenizer whose rules the two files do not tell */
export function tokenizerFromVocab({ name, ...files }: VocabMerges): string {
	const optional = (text: string | undefined, path: string): JsonObject =>
		text === undefined ? {} : parseJsonObject(text, `${name}/${path}`, "tokenizer");
	const settings = optional(files.tokenizer_config, "tokenizer_config.json");
	const { model_type } = optional(files.config, "config.json");
	const kind = String(settings.tokenizer_class ?? model_type ?? "unknown");
	const qwen = /^qwen[23]/i.test(kind);
	if (!qwen && !/^gpt-?2/i.test(kind))
		throw new TabTuneError("tokenizer", {
			what: filesMessage("vocabKind", { kind }),
			where: name,
			next: filesMessage("vocabKind.next"),
		});
	const vocab = parseJsonObject(files.vocab, `${name}/vocab.json`, "tokenizer");
	const lines = files.merges
		.split(/\r?\n/)
		.filter((line, i) => line !== "" && !(i === 0 && line.startsWith("#version")));
	const add_prefix_space = settings.add_prefix_space === true;
	const byteLevel = { type: "ByteLevel", add_prefix_space, trim_offsets: true, use_regex: !qwen };
	const split = { type: "Split", pattern: { Regex: QWEN_SPLIT }, behavior: "Isolated", invert: false };
	// The default special tokens of GPT2Tokenizer and Qwen2Tokenizer.
	const end = "<|endoftext|>";
	const id = vocab[end];
	const isNamed = isObject(settings.added_tokens_decoder);
	return JSON.stringify({
		version: "1.0",
		truncation: null,
		padding: null,
		added_tokens:
			typeof id === "number" && !isNamed
				? [{ id, content: end, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }]
				: [],
		normalizer: qwen ? { type: "NFC" } : null,
		pre_tokenizer: qwen ? { type: "Sequence", pretokenizers: [split, byteLevel] } : byteLevel,
		post_processor: { type: "ByteLevel", add_prefix_space: true, trim_offsets: false, use_regex: true },
		decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
		model: {
			type: "BPE",
			dropout: null,
			unk_token: null,
			continuing_subword_prefix: "",
			end_of_word_suffix: "",
			fuse_unk: false,
			byte_fallback: false,
			ignore_merges: false,
			vocab,
			merges: lines,
		},
	});
}
