// Incremental checksums: SHA-256, which the Hub publishes for large files, and git's blob SHA-1 for small ones. Uses
// @noble/hashes, because crypto.subtle needs the whole file at once and WebAssembly would need a wider security policy.
import { sha1 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { RemoteFile } from "./remote.ts";

export interface Checksum {
	update(bytes: Uint8Array): void;
	hex(): string;
}

/** Null if no checksum is known. */
export function checksumFor({ hash, size }: RemoteFile): Checksum | null {
	if (hash === null) return null;
	const state = hash.kind === "sha256" ? sha256.create() : sha1.create();
	// https://git-scm.com/book/en/v2/Git-Internals-Git-Objects: this header precedes the blob in the hash.
	if (hash.kind === "git") state.update(new TextEncoder().encode(`blob ${size}\0`));
	return { update: (bytes) => void state.update(bytes), hex: () => hexOf(state.digest()) };
}

/** The browser's own SHA-256 is faster, but exists only on secure pages. */
export async function sha256OfBytes(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
	const { subtle } = globalThis.crypto as { subtle?: SubtleCrypto };
	return hexOf(subtle === undefined ? sha256(bytes) : new Uint8Array(await subtle.digest("SHA-256", bytes)));
}

export const sha256OfText = (text: string): string => hexOf(sha256(new TextEncoder().encode(text)));

export function hexOf(bytes: Uint8Array): string {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
