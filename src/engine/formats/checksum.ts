// SHA-256 of the bundled model's files, verified before they are used: a proxy or a half-finished download must not
// pass for a model.
import { TabTuneError } from "../errors.ts";

export interface Checksums {
	readonly files: Readonly<Record<string, { readonly sha256: string; readonly bytes: number }>>;
}

/** @throws TabTuneError "model" when the bytes are not those the manifest names. */
export async function verifyChecksum(path: string, bytes: Uint8Array<ArrayBuffer>, { files }: Checksums): Promise<void> {
	const expected = files[path];
	if (expected === undefined) throw new TabTuneError("model", { what: `${path} has no checksum`, where: "checksums.json", next: "install TabTune again" });
	const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
	const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
	if (found !== expected.sha256 || bytes.length !== expected.bytes) {
		throw new TabTuneError("model", {
			what: `${path} is not the file that was shipped (${bytes.length} bytes, SHA-256 ${found.slice(0, 12)}…)`,
			where: "the bundled model",
			next: "reload without cache, or install TabTune again",
		});
	}
}
