// What the tests need besides packages: a Chromium, and a Vulkan driver where there is no GPU. On Debian and its kin
// as root apt brings them; elsewhere Playwright brings a Chromium, whose SwiftShader is also a driver.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../files.mjs";
import { backportsLine, readSources } from "./apt-sources.mjs";
import { findChromium } from "./chromium.mjs";
import { gpuEnv } from "./gpu-env.mjs";

const BACKPORTS_FILE = "/etc/apt/sources.list.d/tabtune-backports.list";
const LAVAPIPE = "mesa-vulkan-drivers";

/** @returns {{ id: string, codename: string } | null} the Debian or Ubuntu apt may change here, or null */
function aptSystem() {
	if (process.platform !== "linux" || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return null;
	const text = readFileSync("/etc/os-release", "utf8");
	const value = (/** @type {string} */ key) => new RegExp(`^${key}="?([^"\n]*)`, "m").exec(text)?.[1] ?? "";
	return { id: value("ID"), codename: value("VERSION_CODENAME") };
}

/** @param {string[]} args @returns {boolean} whether apt-get did it */
function apt(...args) {
	console.log(`apt-get ${args.join(" ")}`);
	const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
	const waiting = ["-q", "-o", "DPkg::Lock::Timeout=300"];
	return spawnSync("apt-get", [...waiting, ...args], { stdio: ["ignore", "inherit", "inherit"], env }).status === 0;
}

const install = (/** @type {string[]} */ ...packages) => apt("install", "-y", "--no-install-recommends", ...packages);

/** @param {string} path */
const runs = (path) => spawnSync(path, ["--version"], { stdio: "ignore", timeout: 30_000 }).status === 0;

/**
 * A Chromium that starts, installed if need be.
 * @returns {Promise<string>} its path
 * @throws Error with advice when none could be had
 */
export async function ensureChromium() {
	const found = await findChromium();
	// Chrome on Windows and macOS opens a window when asked for its version: there it is trusted.
	if (found !== null && (process.platform !== "linux" || runs(found))) return found;
	const system = aptSystem();
	// Ubuntu's chromium package is a signpost to a snap.
	if (system?.id === "debian" && apt("update") && install("chromium")) {
		const installed = await findChromium();
		if (installed !== null && runs(installed)) return installed;
	}
	console.log("playwright install chromium");
	const cli = join(ROOT, "node_modules", "@playwright", "test", "cli.js");
	const withDependencies = system === null ? [] : ["--with-deps"];
	spawnSync(process.execPath, [cli, "install", ...withDependencies, "chromium"], { stdio: "inherit" });
	const { chromium } = await import("@playwright/test");
	const own = chromium.executablePath();
	if (existsSync(own)) return own;
	throw new Error("no Chromium could be installed: install Chrome or Chromium, or set TABTUNE_CHROMIUM to one");
}

/** @returns {string | null} the adapter Node gets, or null */
function adapter() {
	const { status, stdout } = spawnSync(process.execPath, [join(ROOT, "scripts", "ci", "adapter.mjs")], {
		encoding: "utf8",
		env: { ...process.env, ...gpuEnv() },
		timeout: 60_000,
	});
	return status === 0 ? stdout.trim() : null;
}

/** Bookworm's own lavapipe is one that Dawn refuses: its backports have a newer one. */
function installLavapipe(/** @type {string} */ codename) {
	if (codename !== "bookworm") return apt("update") && install(LAVAPIPE);
	const line = backportsLine(readSources(), codename);
	if (line !== null) writeFileSync(BACKPORTS_FILE, `${line}\n`);
	if (apt("update") && install("-t", `${codename}-backports`, LAVAPIPE)) return true;
	if (line !== null) rmSync(BACKPORTS_FILE, { force: true });
	return false;
}

/**
 * An adapter for WebGPU in Node, with a driver installed if need be.
 * @returns {string} its name
 * @throws Error with advice when there is none: tests that need it must fail, not be skipped
 */
export function ensureAdapter() {
	const system = aptSystem();
	const present = adapter();
	// SwiftShader serves too, but lavapipe is several times faster: worth an installation that cannot hurt.
	if (present !== null && !(/swiftshader/i.test(present) && system !== null && !process.env.VK_ICD_FILENAMES))
		return present;
	if (system !== null) installLavapipe(system.codename);
	const name = adapter() ?? present;
	if (name !== null) return name;
	throw new Error(
		"no WebGPU adapter in Node: install a Vulkan driver (Debian: mesa-vulkan-drivers 25 or later), or set VK_ICD_FILENAMES to a driver's .json",
	);
}
