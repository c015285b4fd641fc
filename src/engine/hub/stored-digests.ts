// Digests of the pieces of a stored file, so that bytes that change on the disk later are noticed before the model is used.
import type { KeptModel } from "../api.ts";
import { sha256OfBytes } from "./checksum.ts";
import type { ModelCache } from "./model-cache.ts";

const PIECE = 16 * 1024 * 1024; // bytes

/** The SHA-256 of each piece. */
export async function digestsOf(file: Blob): Promise<string[]> {
	const digests: string[] = [];
	for (let at = 0; at < file.size; at += PIECE)
		digests.push(await sha256OfBytes(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer())));
	return digests;
}

/** The complete files whose bytes are no longer those that were downloaded. Files that an older version stored are not compared. */
export async function changedFiles(model: KeptModel, cache: Pick<ModelCache, "blob">): Promise<string[]> {
	const changed: string[] = [];
	for (const { path, size, checked, digests } of model.files) {
		if (!checked) continue;
		const file = await cache.blob(model.key, path);
		const found = file?.size === size ? digests && (await digestsOf(file)) : null;
		if (found === null || found?.join() !== digests?.join()) changed.push(path);
	}
	return changed;
}

/** Empties files, so that the next download fetches them again. */
export async function discardFiles(
	model: KeptModel,
	paths: readonly string[],
	cache: Pick<ModelCache, "open" | "save">,
): Promise<void> {
	const files = model.files.map((file) => (paths.includes(file.path) ? { ...file, checked: false } : file));
	await cache.save({ ...model, files });
	for (const path of paths) {
		const file = await cache.open(model.key, path);
		await file.empty();
		await file.close();
	}
}
