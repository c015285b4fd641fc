// Opens the GGUF model in a folder without config.json, and a GGUF file with the other files of a split model.

import { TabTuneError } from "../../../shared/errors.ts";
import { ggufMessage } from "../../../shared/messages/index.ts";
import { splitNames } from "../../../shared/split-names.ts";
import type { ModelFolder } from "../../formats/model-folder.ts";
import { ggufFolder } from "./folder.ts";

export const isGgufName = (name: string): boolean => /\.gguf$/i.test(name);

/** The models of a folder: its .gguf files, of a split one the first. */
function ggufModels(names: readonly string[]): string[] {
	return names.filter((name) => isGgufName(name) && [undefined, name].includes(splitNames(name)?.[0]));
}

/**
 * The GGUF model of a folder, with the tokenizer.json of the folder if it has one; null for a folder with a config.json or
 * without GGUF files.
 * @throws TabTuneError "model" if there are several models
 */
export async function ggufInFolder(folder: ModelFolder): Promise<ModelFolder | null> {
	const names = await folder.list();
	const files = names.filter(isGgufName);
	if (names.includes("config.json") || files.length === 0) return null;
	const models = ggufModels(files);
	if (models.length > 1)
		throw new TabTuneError("model", {
			what: ggufMessage("severalFiles", {
				count: models.length,
				names: models.slice(0, 4).join(", "),
				more: models.length > 4 ? ", …" : "",
			}),
			where: folder.name,
			next: ggufMessage("severalFiles.next"),
		});
	const path = models[0] ?? files[0]; // a part of a split model without the first one
	return ggufFolder(path, await folder.open(path), folder);
}

/** A GGUF file of a folder. Of the files beside it only those of a split model are used. */
export async function ggufAt(folder: ModelFolder, path: string): Promise<ModelFolder> {
	const list = async () => (await folder.list()).filter(isGgufName);
	return ggufFolder(path, await folder.open(path), { ...folder, list });
}
