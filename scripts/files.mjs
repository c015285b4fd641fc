// The repository's files for scripts: root folder, file lists and fingerprints. Uses no packages, because scripts run before
// anything is installed.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's folder. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

/**
 * Files of folders, or single files, by path relative to the repository, with slashes, sorted.
 * @param {readonly string[]} places
 * @returns {string[]}
 */
export function filesIn(places) {
	const found = places.flatMap((place) => {
		const path = join(ROOT, place);
		if (!existsSync(path)) return [];
		if (statSync(path).isFile()) return [path];
		const entries = readdirSync(path, { recursive: true, withFileTypes: true });
		return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
	});
	return found.map((path) => relative(ROOT, path).split(sep).join("/")).sort();
}

/**
 * A fingerprint of files: of their contents, or, faster, of their sizes and times.
 * @param {readonly string[]} places
 * @param {"contents" | "times"} by
 * @returns {string} 16 hexadecimal digits
 */
export function fingerprint(places, by) {
	const hash = createHash("sha256");
	for (const path of filesIn(places)) {
		const full = join(ROOT, path);
		hash.update(`${path}\0`);
		if (by === "contents") hash.update(readFileSync(full));
		else {
			const { size, mtimeMs } = statSync(full);
			hash.update(`${size} ${mtimeMs}\0`);
		}
	}
	return hash.digest("hex").slice(0, 16);
}
