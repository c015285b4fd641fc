// A remote model and its files: paths, sizes and expected hashes. repository.ts finds it on the Hub, address.ts at any URL.

export interface RemoteFile {
	readonly path: string;
	readonly url: string;
	readonly size: number; // bytes
	/** The expected hash: SHA-256, or git's SHA-1 of a blob; null if the host publishes none. */
	readonly hash: { readonly kind: "sha256" | "git"; readonly hex: string } | null;
}

export interface RemoteModel {
	/** Name of its folder in the cache. */
	readonly key: string;
	readonly name: string;
	readonly revision: string | null;
	readonly commit: string | null;
	readonly source: string;
	readonly license: string | null;
	readonly parameters: number | null;
	readonly gguf: string | null;
	readonly files: readonly RemoteFile[];
}

/** Small files of a Hugging Face folder that a run reads. */
export const BESIDE_WEIGHTS = [
	"config.json",
	"generation_config.json",
	"tokenizer.json",
	"tokenizer_config.json",
	"special_tokens_map.json",
	"added_tokens.json",
	"chat_template.jinja",
	"README.md",
] as const;

/** The files of a tokenizer that has no tokenizer.json. */
export const OLDER_TOKENIZER = ["vocab.json", "merges.txt"] as const;

/** The file of a tokenizer with neither. */
export const SENTENCEPIECE = "tokenizer.model";

/** The names that further chat templates have where a folder cannot be listed. */
export const MORE_TEMPLATES = ["tool_use", "rag"].map((name) => `additional_chat_templates/${name}.jinja`);

/** The small files of a listed folder, further chat templates included. */
export function besideWeights(names: readonly string[]): string[] {
	const wanted: readonly string[] = [
		...BESIDE_WEIGHTS,
		...(names.includes("tokenizer.json") ? [] : [...OLDER_TOKENIZER, SENTENCEPIECE]),
	];
	const templates = names.filter((path) => /^additional_chat_templates\/[^/]+\.jinja$/.test(path));
	return [...wanted.filter((path) => names.includes(path)), ...templates];
}

export const WEIGHTS = "model.safetensors";
export const INDEX = "model.safetensors.index.json";

export const totalBytes = (files: readonly { readonly size: number }[]): number =>
	files.reduce((sum, { size }) => sum + size, 0);

/** The files whose host publishes no checksum, so that a changed byte is not noticed. */
export const withoutChecksum = (files: readonly RemoteFile[]): string[] =>
	files.filter(({ hash }) => hash === null).map(({ path }) => path);
