// A Hugging Face folder from any source (disk, dropped files, memory, a GGUF file), and readers of the files that a model needs.
import { type ErrorCode, TabTuneError } from "../../shared/errors.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { refuseLfsPointer } from "../../shared/lfs-pointer.ts";
import { filesMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import { parseJsonObject } from "../../shared/parse-json.ts";
import type { NamedFile } from "../api.ts";
import type { GgufFile } from "./gguf.ts";
import { joinShards, openSafetensors, type TensorFile } from "./safetensors.ts";
import { type ByteSource, blobSource } from "./source.ts";

export interface ModelFolder {
	/** The name that errors show. */
	readonly name: string;
	/** Paths of the files, which `open` and `text` accept. */
	list(): Promise<string[]>;
	open(path: string): Promise<ByteSource>;
	text(path: string): Promise<string>;
	/** The weights, if they are stored in another format than safetensors. */
	weights?(): Promise<TensorFile>;
	/** The GGUF file that the folder was created from, if any. */
	readonly gguf?: { readonly file: GgufFile; readonly source: ByteSource };
	/** What to tell the user about its files. */
	readonly warnings?: readonly Message[];
	/** Why the folder has no tokenizer.json. */
	readonly tokenizerError?: TabTuneError;
}

/**
 * A folder that was chosen or dropped in the page. Paths may start with the folder's name. Of several folders (`onnx/`,
 * `original/`), the one with the topmost config.json or adapter_config.json is used.
 */
export function filesFolder(name: string, files: readonly NamedFile[]): ModelFolder {
	const root = rootOf(files.map(({ path }) => path));
	return blobFolder(
		name,
		new Map(files.filter(({ path }) => path.startsWith(root)).map((file) => [file.path.slice(root.length), file])),
	);
}

/** A folder in memory: path → text or bytes. */
export function memoryFolder(
	name: string,
	files: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>,
): ModelFolder {
	return blobFolder(
		name,
		new Map(Object.entries(files).map(([path, content]) => [path, { blob: new Blob([content]) }])),
	);
}

/** A subfolder. @param path ends with a slash, "lora/" */
export function subFolder(folder: ModelFolder, path: string): ModelFolder {
	return {
		name: `${folder.name}/${path.slice(0, -1)}`,
		list: async () =>
			(await folder.list()).filter((name) => name.startsWith(path)).map((name) => name.slice(path.length)),
		open: (name) => folder.open(path + name),
		text: (name) => folder.text(path + name),
	};
}

/** A JSON file of the folder as an object. @throws TabTuneError `code` when it is missing or broken. */
export async function folderJson(folder: ModelFolder, path: string, code: ErrorCode = "model"): Promise<JsonObject> {
	return parseJsonObject(await requiredText(folder, path, code), `${folder.name}/${path}`, code);
}

/** A required text file of the folder. */
export async function requiredText(folder: ModelFolder, path: string, code: ErrorCode = "model"): Promise<string> {
	if (!(await folder.list()).includes(path)) {
		throw new TabTuneError(code, {
			what: filesMessage("missing", { path }),
			where: folder.name,
			next: filesMessage("wholeFolder.next"),
		});
	}
	const text = await folder.text(path);
	refuseLfsPointer(text, `${folder.name}/${path}`, code);
	return text;
}

/** The texts of the small files of a model, which the tokenizer and the chat template read. */
export interface ModelTexts {
	readonly config?: string; // config.json; a folder with a tokenizer alone has none
	readonly tokenizer: string; // tokenizer.json
	readonly tokenizer_config?: string;
	readonly special_tokens_map?: string;
	readonly added_tokens?: string; // added_tokens.json
	readonly generation_config?: string;
	readonly chat_template?: string; // chat_template.jinja
	/** The files of additional_chat_templates/, by name without .jinja. */
	readonly additional_chat_templates?: Readonly<Record<string, string>>;
}

const TEMPLATES = /^additional_chat_templates\/([^/]+)\.jinja$/;

/** Whether the folder has the files of a tokenizer: texts, or tokenizer.model alone. */
export async function hasTokenizer(folder: ModelFolder): Promise<boolean> {
	return (await folder.list()).includes("tokenizer.model") || hasTokenizerTexts(folder);
}

/** Whether the folder has a tokenizer in files of text. */
export async function hasTokenizerTexts(folder: ModelFolder): Promise<boolean> {
	const names = await folder.list();
	return names.includes("tokenizer.json") || ["vocab.json", "merges.txt"].every((path) => names.includes(path));
}

/** @throws TabTuneError naming tokenizer.json when it is missing and cannot be built. */
export async function readModelTexts(folder: ModelFolder): Promise<ModelTexts> {
	const names = await folder.list();
	const optional = async (path: string) => (names.includes(path) ? requiredText(folder, path, "tokenizer") : undefined);
	const texts = {
		config: await optional("config.json"),
		tokenizer_config: await optional("tokenizer_config.json"),
		special_tokens_map: await optional("special_tokens_map.json"),
		added_tokens: await optional("added_tokens.json"),
		generation_config: await optional("generation_config.json"),
		chat_template: await optional("chat_template.jinja"),
	};
	const named = names.flatMap((path) => {
		const [, name] = TEMPLATES.exec(path) ?? [];
		return name === undefined ? [] : [folder.text(path).then((text) => [name, text] as const)];
	});
	const tokenizer = names.includes("tokenizer.json")
		? await requiredText(folder, "tokenizer.json", "tokenizer")
		: await builtTokenizer(folder, names, texts);
	if (named.length === 0) return { ...texts, tokenizer };
	return { ...texts, tokenizer, additional_chat_templates: Object.fromEntries(await Promise.all(named)) };
}

/** tokenizer.json from the older files. @throws TabTuneError "tokenizer" where they are missing */
async function builtTokenizer(
	folder: ModelFolder,
	names: readonly string[],
	texts: Pick<ModelTexts, "config" | "tokenizer_config">,
): Promise<string> {
	if (["vocab.json", "merges.txt"].every((path) => names.includes(path))) {
		const { tokenizerFromVocab } = await import("./vocab-merges.ts");
		const [vocab, merges] = [await folder.text("vocab.json"), await folder.text("merges.txt")];
		return tokenizerFromVocab({ ...texts, name: folder.name, vocab, merges });
	}
	if (folder.tokenizerError !== undefined) throw folder.tokenizerError;
	if (names.includes("tokenizer.model")) {
		const { tokenizerFromSentencePiece } = await import("./sentencepiece.ts");
		const source = await folder.open("tokenizer.model");
		return tokenizerFromSentencePiece({ ...texts, name: folder.name, bytes: await source.read(0, source.size) });
	}
	throw new TabTuneError("tokenizer", {
		what: filesMessage("missing", { path: "tokenizer.json" }),
		where: folder.name,
		next: filesMessage("wholeFolder.next"),
	});
}

/**
 * The weights: model.safetensors, or the shards that model.safetensors.index.json names.
 * @throws TabTuneError "model" naming the file that is missing or broken.
 */
export async function openWeights(folder: ModelFolder): Promise<TensorFile> {
	if (folder.weights !== undefined) return folder.weights();
	const names = await folder.list();
	const open = async (path: string) => openSafetensors(await folder.open(path), `${folder.name}/${path}`);
	if (names.includes("model.safetensors")) return open("model.safetensors");
	const index = "model.safetensors.index.json";
	if (!names.includes(index)) throw noWeights(folder.name, names);
	const where = `${folder.name}/${index}`;
	const { weight_map } = await folderJson(folder, index);
	if (!isObject(weight_map) || !Object.values(weight_map).every((shard) => typeof shard === "string")) {
		throw new TabTuneError("model", {
			what: filesMessage("badWeightMap"),
			where,
			next: filesMessage("badWeightMap.next"),
		});
	}
	const shards = [...new Set(Object.values(weight_map as Record<string, string>))].sort();
	const missing = shards.filter((shard) => !names.includes(shard));
	if (missing.length > 0) {
		throw new TabTuneError("model", {
			what: filesMessage("shardsMissing", {
				missing: missing.length,
				count: shards.length,
				names: missing.slice(0, 3).join(", "),
				more: missing.length > 3 ? ", …" : "",
			}),
			where: folder.name,
			next: filesMessage("allFiles.next"),
		});
	}
	const files = new Map<string, TensorFile>();
	for (const shard of shards) files.set(shard, await open(shard));
	return joinShards(files, weight_map as Record<string, string>, where);
}

function noWeights(where: string, names: readonly string[]): TabTuneError {
	const shard = names.find((name) => /^model-\d+-of-\d+\.safetensors$/.test(name));
	if (shard !== undefined) {
		return new TabTuneError("model", {
			what: filesMessage("indexMissing", { shard }),
			where,
			next: filesMessage("allFiles.next"),
		});
	}
	const other = names.find((name) => /\.(bin|pt|pth|gguf)$/.test(name));
	return new TabTuneError("model", {
		what: filesMessage("noWeights"),
		where,
		next: other === undefined ? filesMessage("noWeights.next") : filesMessage("otherWeights.next", { file: other }),
	});
}

function blobFolder(name: string, files: ReadonlyMap<string, Pick<NamedFile, "blob" | "size">>): ModelFolder {
	const need = (path: string) => {
		const file = files.get(path);
		if (file === undefined)
			throw new TabTuneError("model", {
				what: filesMessage("missing", { path }),
				where: name,
				next: filesMessage("chooseFolder.next"),
			});
		return file;
	};
	return {
		name,
		list: async () => [...files.keys()],
		async open(path) {
			const { blob, size } = need(path);
			return blobSource(blob, size);
		},
		async text(path) {
			const { blob } = need(path);
			return blob.text().catch((cause: unknown) => {
				throw new TabTuneError(
					"model",
					{
						what: filesMessage("unreadable", { path, reason: String(cause) }),
						where: name,
						next: filesMessage("folderChanged.next"),
					},
					{ cause },
				);
			});
		},
	};
}

/** The path of the folder that is used: "SmolLM2/" or "". */
function rootOf(paths: readonly string[]): string {
	const folderOf = (path: string) => path.slice(0, path.lastIndexOf("/") + 1);
	const depth = (path: string) => path.split("/").length;
	const marks = paths.filter((path) =>
		["config.json", "adapter_config.json"].includes(path.slice(folderOf(path).length)),
	);
	const shallowest = (marks.length > 0 ? marks : paths).toSorted((a, b) => depth(a) - depth(b))[0];
	return shallowest === undefined ? "" : folderOf(shallowest);
}

/** The licence in README.md's front matter, `license: apache-2.0`. */
export async function modelLicense(folder: ModelFolder): Promise<string | null> {
	if (!(await folder.list()).includes("README.md")) return null;
	const front = /^---\r?\n([\s\S]*?)\r?\n---/.exec(await folder.text("README.md"))?.[1] ?? "";
	const [, line] = /^license(?:_name)?:(.*)$/m.exec(front) ?? [];
	const name = line?.trim().replace(/^["']|["']$/g, "");
	return name === undefined || name === "" ? null : name;
}
