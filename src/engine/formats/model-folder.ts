// A Hugging Face folder, wherever it lies: the files a model needs, and what to say when one is missing.
import type { NamedFile } from "../api.ts";
import { type ErrorCode, TabTuneError } from "../errors.ts";
import { joinShards, openSafetensors, type TensorFile } from "./safetensors.ts";
import { type ByteSource, blobSource } from "./source.ts";

export interface ModelFolder {
	/** Shown in errors. */
	readonly name: string;
	list(): Promise<string[]>;
	open(path: string): Promise<ByteSource>;
	text(path: string): Promise<string>;
}

/** A folder chosen in the page. Paths may all start with the folder's own name. */
export function filesFolder(name: string, files: readonly NamedFile[]): ModelFolder {
	const byName = new Map(files.map(({ path, blob }) => [path.slice(path.lastIndexOf("/") + 1), blob]));
	const need = (path: string): Blob => {
		const blob = byName.get(path);
		if (blob === undefined) throw new TabTuneError("model", { what: `${path} is missing`, where: name, next: "choose the whole model folder" });
		return blob;
	};
	return {
		name,
		list: async () => [...byName.keys()],
		open: async (path) => blobSource(need(path)),
		text: async (path) => need(path).text(),
	};
}

/** A JSON file of the folder as an object. @throws TabTuneError when it is missing or broken. */
export async function folderJson(folder: ModelFolder, path: string, code: ErrorCode = "model"): Promise<Record<string, unknown>> {
	if (!(await folder.list()).includes(path)) {
		throw new TabTuneError(code, { what: `${path} is missing`, where: folder.name, next: "give the whole folder, as it was downloaded" });
	}
	const text = await folder.text(path);
	try {
		const value: unknown = JSON.parse(text);
		if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
	} catch (cause) {
		throw new TabTuneError(code, { what: `${path} is not JSON: ${(cause as Error).message}`, where: folder.name, next: "download the file again" }, { cause });
	}
	throw new TabTuneError(code, { what: `${path} is not a JSON object`, where: folder.name, next: "download the file again" });
}

/** The weights: model.safetensors, or the shards that model.safetensors.index.json names. */
export async function openWeights(folder: ModelFolder): Promise<TensorFile> {
	const names = await folder.list();
	const open = async (path: string) => openSafetensors(await folder.open(path), `${folder.name}/${path}`);
	if (names.includes("model.safetensors")) return open("model.safetensors");
	if (!names.includes("model.safetensors.index.json")) {
		const other = names.find((name) => /\.(bin|pt|pth|gguf)$/.test(name));
		throw new TabTuneError("model", {
			what: "there is no model.safetensors",
			where: folder.name,
			next: other === undefined ? "give a Hugging Face folder with its weights" : `${other} is not read yet: use the safetensors files of the model`,
		});
	}
	const { weight_map } = await folderJson(folder, "model.safetensors.index.json");
	if (typeof weight_map !== "object" || weight_map === null) {
		throw new TabTuneError("model", { what: "model.safetensors.index.json has no weight_map", where: folder.name, next: "download the file again" });
	}
	const shards = [...new Set(Object.values(weight_map as Record<string, string>))].sort();
	for (const shard of shards) {
		if (!names.includes(shard)) throw new TabTuneError("model", { what: `the shard ${shard} is missing`, where: folder.name, next: "download all files of the model" });
	}
	return joinShards(await Promise.all(shards.map(open)));
}
