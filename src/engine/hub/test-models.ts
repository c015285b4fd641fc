// Models of the played Hub for the tests of hub.test.ts: complete, gated, incomplete, and with wrong facts.
import type { PlayedModel } from "../../cli/test-hub.ts";

export const WEIGHTS = "model.safetensors";
const text = (value: string) => new TextEncoder().encode(value);
/** A safetensors file: length, header, and bytes that do not repeat. */
export function weights(size: number): Uint8Array<ArrayBuffer> {
	const header = text(`{"a":{"dtype":"F32","shape":[${size / 4}],"data_offsets":[0,${size}]}}`);
	const bytes = new Uint8Array(8 + header.length + size);
	new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
	bytes.set(header, 8);
	for (let i = 0; i < size; i++) bytes[8 + header.length + i] = (i * 2654435761) >>> 13;
	return bytes;
}

export const LARGE = weights(400_000);
const FILES = { "config.json": text("{}"), "README.md": text("---\n---\n"), "notes.txt": text("x"), [WEIGHTS]: LARGE };
const INDEX = "model.safetensors.index.json";
export const MODELS: Record<string, PlayedModel> = {
	"a/plain": { files: FILES, license: "apache-2.0" },
	"a/gated": { files: FILES, gated: true },
	"a/cut": {
		files: { "config.json": text("{}"), [INDEX]: text('{"weight_map":{"x":"one.safetensors","y":"two.safetensors"}}') },
	},
	"a/sizeless": { files: FILES, sibling: (_, { size: _size, lfs: _lfs, ...rest }) => rest },
	"a/hashless": {
		files: FILES,
		sibling: (path, reported) => (path === WEIGHTS ? { ...reported, lfs: { size: 5 } } : reported),
	},
	"a/wrong": {
		files: FILES,
		sibling: (path, reported) =>
			path === WEIGHTS ? { ...reported, lfs: { size: LARGE.length, sha256: "ab".repeat(32) } } : reported,
	},
	"a/wrong-small": {
		files: FILES,
		sibling: (path, reported) => (path === "config.json" ? { ...reported, blobId: "cd".repeat(20) } : reported),
	},
	"a/tokenizer": {
		files: {
			...FILES,
			...Object.fromEntries(
				[
					"tokenizer.json",
					"added_tokens.json",
					"vocab.json",
					"merges.txt",
					"additional_chat_templates/rag.jinja",
					"additional_chat_templates/deeper/x.jinja",
				].map((path) => [path, text("{}")]),
			),
		},
	},
	"a/older": { files: { ...FILES, "vocab.json": text("{}"), "merges.txt": text("") } },
	"a/gguf": { files: { "q8.gguf": LARGE } },
	"a/sentencepiece": {
		files: {
			...FILES,
			"tokenizer.model": weights(4000),
			"chat_template.jinja": text("{{ 1 }}"),
			"additional_chat_templates/tool_use.jinja": text("{{ 2 }}"),
		},
	},
	"a/ggufs": { files: { "q8.gguf": LARGE, "q4.gguf": LARGE } },
	"a/bin": { files: { "pytorch_model.bin": LARGE } },
	"a/outside": { files: { ...FILES, "../model.safetensors.index.json": text("x") } },
};
