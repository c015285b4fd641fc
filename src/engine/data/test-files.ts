// Finds model folders for the tests of data/: the bundled one, and larger ones that may exist next to the repository.
import { existsSync, openAsBlob, readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { openGguf } from "../formats/gguf.ts";
import { ggufTokenizer } from "../formats/gguf-tokenizer.ts";
import { blobSource } from "../formats/source.ts";
import { FAMILIES } from "../models/index.ts";
import { ChatTemplate } from "./chat-template.ts";
import { Tokenizer } from "./tokenizer.ts";

/** Folders that may contain tokenizers; TABTUNE_TOKENIZERS adds one. */
const PLACES = ["../shared/models", "../shared/tokenizers", process.env.TABTUNE_TOKENIZERS ?? ""].filter(
	(place) => place !== "",
);

/** The tokenizer's files of folders whose only file is a GGUF, by their paths. */
const INSIDE = new Map<string, Record<string, string>>();
for (const folder of PLACES.flatMap((place) =>
	existsSync(place) ? readdirSync(place).map((name) => `${place}/${name}`) : [],
)) {
	const gguf = readdirSync(folder).find((name) => name.endsWith(".gguf"));
	if (gguf === undefined) continue;
	const { metadata } = await openGguf(blobSource(await openAsBlob(`${folder}/${gguf}`)), gguf);
	const architecture = FAMILIES.find((family) => family.gguf?.name === metadata.get("general.architecture"))?.gguf;
	INSIDE.set(folder, ggufTokenizer(metadata, gguf, architecture?.stripsRight));
}

export function folderOf(name: string): string | null {
	if (name === "bundled")
		return (
			["public/base-model", "../shared/base-model"].find((folder) => existsSync(`${folder}/tokenizer.json`)) ?? null
		);
	return (
		PLACES.map((place) => `${place}/${name}`).find(
			(folder) =>
				fileIn(folder, "tokenizer.json") !== undefined || fileIn(folder, "tokenizer_config.json") !== undefined,
		) ?? null
	);
}

/** A file's text, unpacked if only its .gz is there, or out of the folder's GGUF. */
export function fileIn(folder: string, file: string): string | undefined {
	if (existsSync(`${folder}/${file}`)) return readFileSync(`${folder}/${file}`, "utf8");
	return existsSync(`${folder}/${file}.gz`)
		? gunzipSync(readFileSync(`${folder}/${file}.gz`)).toString("utf8")
		: INSIDE.get(folder)?.[file];
}

export function tokenizerFrom(folder: string): Tokenizer {
	return Tokenizer.load({
		tokenizer: fileIn(folder, "tokenizer.json") ?? "",
		tokenizer_config: fileIn(folder, "tokenizer_config.json"),
		special_tokens_map: fileIn(folder, "special_tokens_map.json"),
		config: fileIn(folder, "config.json"),
		generation_config: fileIn(folder, "generation_config.json"),
	});
}

export function templateFrom(folder: string): ChatTemplate | null {
	return ChatTemplate.load({
		chat_template: fileIn(folder, "chat_template.jinja"),
		tokenizer_config: fileIn(folder, "tokenizer_config.json"),
	});
}

/** The bundled model's tokenizer and template. */
export function bundled(): { tokenizer: Tokenizer; template: ChatTemplate } {
	const folder = folderOf("bundled");
	if (folder === null) throw new Error("public/base-model is missing");
	const template = templateFrom(folder);
	if (template === null) throw new Error("the bundled model has no chat template");
	return { tokenizer: tokenizerFrom(folder), template };
}
