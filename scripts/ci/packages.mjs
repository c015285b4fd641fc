// Installs the npm packages when they are missing or not those of package-lock.json. Says nothing on stdout: the
// command's result goes there.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "../files.mjs";

/** @typedef {{ packages: Record<string, { version?: string, optional?: boolean }> }} Lock */

/**
 * Whether what npm has installed is what the lock file asks for; a package of another platform may be absent.
 * @param {Lock} wanted package-lock.json
 * @param {Lock} installed node_modules/.package-lock.json
 */
export function isInstalled(wanted, installed) {
	return Object.entries(wanted.packages).every(([path, { version, optional }]) => {
		if (path === "") return true;
		const present = installed.packages[path];
		return present === undefined ? optional === true : present.version === version;
	});
}

const readLock = (/** @type {string} */ path) => /** @type {Lock} */ (JSON.parse(readFileSync(path, "utf8")));

const upToDate = () => {
	const installed = join(ROOT, "node_modules", ".package-lock.json");
	return existsSync(installed) && isInstalled(readLock(join(ROOT, "package-lock.json")), readLock(installed));
};

/** `npm ci` where it is needed, once however many commands start together. Ends the process with advice if it fails. */
export function ensurePackages() {
	if (upToDate()) return;
	const release = lock(join(ROOT, ".tabtune", "installing"));
	const installed = upToDate() || install();
	release();
	if (installed) return;
	console.error(
		"error: npm ci failed (above). Check the network and the disk's space, then run the same command again.",
	);
	process.exit(1);
}

function install() {
	console.error("Installing packages (npm ci) …");
	const script = process.env.npm_execpath;
	const args = ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
	/** @type {import("node:child_process").SpawnSyncOptions} */
	const options = { cwd: ROOT, stdio: ["ignore", 2, 2] };
	const { status } = script?.endsWith(".js")
		? spawnSync(process.execPath, [script, ...args], options)
		: spawnSync("npm", args, { ...options, shell: process.platform === "win32" });
	return status === 0;
}

/**
 * Waits for a file to be ours alone; it holds our process id, so that one left by a dead process does not block.
 * @param {string} path
 * @returns {() => void} gives it back
 */
function lock(path) {
	mkdirSync(dirname(path), { recursive: true });
	for (;;) {
		try {
			writeFileSync(path, String(process.pid), { flag: "wx" });
			return () => rmSync(path, { force: true });
		} catch (error) {
			if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
		}
		if (!isAlive(path)) rmSync(path, { force: true });
		else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
	}
}

/** @param {string} path */
function isAlive(path) {
	try {
		process.kill(Number(readFileSync(path, "utf8")) || process.pid, 0);
		return true;
	} catch (error) {
		return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
	}
}
