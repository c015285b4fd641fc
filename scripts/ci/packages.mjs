// Installs the npm packages if they are missing or differ from package-lock.json. Writes nothing to stdout, which belongs
// to the command's result.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../files.mjs";

/** @typedef {{ packages: Record<string, { version?: string, optional?: boolean }> }} Lock */

/**
 * Whether the installed packages are those of the lock file; an optional one may be absent on this platform.
 * @param {Lock} lock package-lock.json
 * @param {Lock} installed node_modules/.package-lock.json
 */
export function isInstalled(lock, installed) {
	return Object.entries(lock.packages).every(([path, { version, optional }]) => {
		const present = installed.packages[path];
		return path === "" || (present === undefined ? optional === true : present.version === version);
	});
}

const readLock = (/** @type {string} */ path) => /** @type {Lock} */ (JSON.parse(readFileSync(path, "utf8")));

/** Runs `npm ci` if needed. Ends the process with advice if it fails. */
export function ensurePackages() {
	const installed = join(ROOT, "node_modules", ".package-lock.json");
	if (existsSync(installed) && isInstalled(readLock(join(ROOT, "package-lock.json")), readLock(installed))) return;
	console.error("Installing packages (npm ci) …");
	const command = "npm ci --include=dev --no-audit --no-fund --loglevel=error";
	if (spawnSync(command, { cwd: ROOT, shell: true, stdio: ["ignore", 2, 2] }).status === 0) return;
	console.error(
		"error: npm ci failed (above). Check the network and free disk space, then run the same command again.",
	);
	process.exit(1);
}
