// Checksums taken while the bytes go by: SHA-256, which the Hub states for its large files, and git's SHA-1 of a blob for the
// small ones. @noble/hashes, because crypto.subtle takes a file whole only and WebAssembly would need the page's policy widened.
import { sha1 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { RemoteFile } from "./remote.ts";

export interface Digest {
	update(bytes: Uint8Array): void;
	hex(): string;
}

/** Null where nothing is known to hold the file to. */
export function digestFor({ hash, size }: RemoteFile): Digest | null {
	if (hash === null) return null;
	const state = hash.kind === "sha256" ? sha256.create() : sha1.create();
	// https://git-scm.com/book/en/v2/Git-Internals-Git-Objects: a blob is hashed behind this header.
	if (hash.kind === "git") state.update(new TextEncoder().encode(`blob ${size}\0`));
	return { update: (bytes) => void state.update(bytes), hex: () => hexOf(state.digest()) };
}

export const sha256OfText = (text: string): string => hexOf(sha256(new TextEncoder().encode(text)));

function hexOf(bytes: Uint8Array): string {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
