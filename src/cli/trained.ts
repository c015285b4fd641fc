// Writes a trained, truncated or blended adapter as the folder that other programs load. The folder has the old adapter or the
// new one: the new files are complete in a subfolder before the first of the old ones is replaced.

import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Adapter } from "../engine/adapters/adapter.ts";
import { exportAdapter } from "../engine/adapters/adapter-files.ts";
import type { ModelFolder } from "../engine/formats/index.ts";
import { isGgufName } from "../engine/models/gguf/in-folder.ts";
import type { LoadedModel } from "../engine/models/load.ts";
import { cliError } from "./cli-error.ts";
import { diskFolder, exists, isFolder, storageError, syncFolder, writeWhole } from "./node-files.ts";
import { say } from "./output.ts";

/** A complete new adapter whose files are about to replace those of its parent folder. */
const STAGED = ".adapter-new";
const CONFIG = "adapter_config.json";

/**
 * Writes the folder of an adapter.
 * @param keepCard whether README.md is kept; one that TabTune did not write always is
 */
export async function writeTrained(
	folder: string,
	model: LoadedModel,
	adapter: Adapter,
	keepCard = false,
): Promise<void> {
	const card = await readFile(join(folder, "README.md"), "utf8").catch(() => null);
	const kept = card !== null && (keepCard || !isModelCard(card));
	if (kept) say(`${join(folder, "README.md")} is not as TabTune wrote it: it is kept, and no model card is written`);
	const partial = join(folder, `.adapter.${process.pid}.partial`);
	try {
		await finishAdapterFiles(folder);
		for (const { path, bytes } of await exportAdapter(model, adapter))
			if (!kept || path !== "README.md") await writeWhole(join(partial, path), bytes);
		await syncFolder(partial);
		await rename(partial, join(folder, STAGED));
		await syncFolder(folder);
		await finishAdapterFiles(folder);
	} catch (cause) {
		await rm(partial, { recursive: true, force: true }).catch(() => undefined);
		throw storageError(folder, cause);
	}
}

export const isModelCard = (text: string): boolean => text.includes("\nTrained with TabTune.");

/** Moves a staged adapter into place, also one that a killed process staged. */
export async function finishAdapterFiles(folder: string): Promise<void> {
	const staged = join(folder, STAGED);
	if (!(await exists(staged))) return;
	const entries = await readdir(staged, { recursive: true, withFileTypes: true });
	const paths = entries
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name).slice(staged.length + 1));
	// Without its configuration, no program loads the weights of one adapter with the configuration of another.
	await Promise.all(
		paths.filter((path) => path.endsWith(CONFIG)).map((path) => rm(join(folder, path), { force: true })),
	);
	for (const path of paths.sort((a, b) => Number(a.endsWith(CONFIG)) - Number(b.endsWith(CONFIG)))) {
		await mkdir(dirname(join(folder, path)), { recursive: true });
		await rename(join(staged, path), join(folder, path));
	}
	await syncFolder(folder);
	await rm(staged, { recursive: true, force: true });
}

/** The folder of an adapter, or of a LoRA GGUF file alone; files that are staged replace those in place. */
export async function adapterFolder(path: string): Promise<ModelFolder> {
	if (isGgufName(path) && (await exists(path)) && !(await isFolder(path))) {
		const folder = await diskFolder(dirname(path), "adapter");
		return { ...folder, list: async () => [basename(path)] };
	}
	const folder = await diskFolder(path, "adapter");
	if (!(await exists(join(path, STAGED)))) return folder;
	const staged = await diskFolder(join(path, STAGED), "adapter");
	const paths = new Set(await staged.list());
	return {
		name: folder.name,
		list: async () => [...new Set([...paths, ...(await folder.list())])],
		open: (file) => (paths.has(file) ? staged : folder).open(file),
		text: (file) => (paths.has(file) ? staged : folder).text(file),
	};
}

/** Checks the folder for a new adapter. @throws TabTuneError "usage" if it already contains one. */
export async function refuseAdapterFolder(folder: string): Promise<void> {
	if (!(await exists(join(folder, CONFIG)))) return;
	throw cliError("usage", {
		what: "the folder already contains an adapter",
		where: folder,
		next: "choose an empty --output-dir",
	});
}
