// Verifies the bundled model's files by SHA-256 before they are used, so that an error page of a proxy or a partial download is
// not mistaken for a model. The manifest is public/base-model/checksums.json, written by scripts/build/checksums.mjs.

import { TabTuneError } from "../../shared/errors.ts";
import { filesMessage } from "../../shared/messages/index.ts";
import type { ModelFolder } from "./model-folder.ts";

export interface Checksums {
	readonly files: Readonly<Record<string, { readonly sha256: string; readonly bytes: number }>>;
}

/** SHA-256 in lower-case hexadecimal. */
export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
	const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
	return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @throws TabTuneError "model" when the bytes do not match the manifest. */
export async function verifyChecksum(
	path: string,
	bytes: Uint8Array<ArrayBuffer>,
	{ files }: Checksums,
): Promise<void> {
	const expected = Object.hasOwn(files, path) ? files[path] : undefined;
	if (expected === undefined) {
		throw new TabTuneError("model", {
			what: filesMessage("noChecksum", { path }),
			where: "checksums.json",
			next: filesMessage("noChecksum.next"),
		});
	}
	const found = await sha256Hex(bytes);
	if (found !== expected.sha256 || bytes.length !== expected.bytes) {
		throw new TabTuneError("model", {
			what: filesMessage("notShipped", { path, bytes: bytes.length, hash: found.slice(0, 12) }),
			where: filesMessage("bundledModel"),
			next: filesMessage("notShipped.next"),
		});
	}
}

/** Verifies every file of the manifest in a folder. @throws TabTuneError "model" for the first that is missing or differs. */
export async function verifyChecksums(folder: ModelFolder, manifest: Checksums): Promise<void> {
	const names = await folder.list();
	for (const path of Object.keys(manifest.files)) {
		if (!names.includes(path)) {
			throw new TabTuneError("model", {
				what: filesMessage("missing", { path }),
				where: folder.name,
				next: filesMessage("notShipped.next"),
			});
		}
		const source = await folder.open(path);
		await verifyChecksum(path, await source.read(0, source.size), manifest);
	}
}
