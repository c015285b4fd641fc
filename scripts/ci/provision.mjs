// Installs what the tests need besides packages: a Chromium, and a Vulkan driver if there is no GPU. As root on Debian or
// Ubuntu apt installs them; elsewhere Playwright installs a Chromium, whose SwiftShader is also a driver.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../files.mjs";
import { findChromium } from "./chromium.mjs";
import { gpuEnv } from "./gpu-env.mjs";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Whether apt may install packages here. */
const hasApt = () => process.platform === "linux" && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
const systemIs = (/** @type {RegExp} */ pattern) => pattern.test(readFileSync("/etc/os-release", "utf8"));

/** @returns {boolean} whether the package is installed now */
function install(/** @type {string} */ name, /** @type {string[]} */ ...options) {
	const apt = "apt-get -q -o DPkg::Lock::Timeout=300";
	const command = `${apt} update && ${apt} install -y --no-install-recommends ${[...options, name].join(" ")}`;
	console.log(command);
	const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
	return spawnSync(command, { shell: true, stdio: ["ignore", "inherit", "inherit"], env }).status === 0;
}

const runs = (/** @type {string} */ path) =>
	spawnSync(path, ["--version"], { stdio: "ignore", timeout: 30_000 }).status === 0;

/**
 * Finds a Chromium that starts, or installs one.
 * @returns {Promise<string>} its path
 * @throws Error with advice when there is none
 */
export async function ensureChromium() {
	const found = await findChromium();
	// Chrome on Windows and macOS opens a window when asked for its version.
	if (found !== null && (process.platform !== "linux" || runs(found))) return found;
	// Ubuntu's chromium package only installs a snap.
	if (hasApt() && systemIs(/^ID=debian$/m) && install("chromium")) {
		const installed = await findChromium();
		if (installed !== null && runs(installed)) return installed;
	}
	const cli = join(ROOT, "node_modules", "@playwright", "test", "cli.js");
	spawnSync(process.execPath, [cli, "install", ...(hasApt() ? ["--with-deps"] : []), "chromium"], { stdio: "inherit" });
	const { chromium } = await import("@playwright/test");
	if (existsSync(chromium.executablePath())) return chromium.executablePath();
	throw new Error("no Chromium could be installed: install Chrome or Chromium, or set TABTUNE_CHROMIUM to its path");
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

/** Installs Mesa's software driver. Dawn rejects the one of Debian 12, so there it comes from the backports, from the same mirror. */
function installLavapipe() {
	if (!systemIs(/^VERSION_CODENAME=bookworm$/m)) return install("mesa-vulkan-drivers");
	const format = ["--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages"];
	const targets = spawnSync("apt-get", ["indextargets", ...format], { encoding: "utf8" }).stdout.split("\n");
	if (!targets.some((target) => target.endsWith(" bookworm-backports"))) {
		const mirror =
			targets.find((target) => target.endsWith(" bookworm"))?.split(" ")[0] ?? "http://deb.debian.org/debian";
		const line = `deb [signed-by=${KEYRING}] ${mirror} bookworm-backports main\n`;
		writeFileSync("/etc/apt/sources.list.d/tabtune-backports.list", line);
	}
	return install("mesa-vulkan-drivers", "-t", "bookworm-backports");
}

/**
 * Finds an adapter for WebGPU in Node, or installs a driver.
 * @returns {string} its name
 * @throws Error with advice when there is none: tests that need it fail and are not skipped
 */
export function ensureAdapter() {
	const present = adapter();
	// SwiftShader works too, but lavapipe is several times faster.
	const improvable = present === null || (/swiftshader/i.test(present) && !process.env.VK_ICD_FILENAMES);
	if (improvable && hasApt()) installLavapipe();
	const name = improvable ? (adapter() ?? present) : present;
	if (name !== null) return name;
	throw new Error(
		"no WebGPU adapter in Node: install a Vulkan driver (Debian: mesa-vulkan-drivers 25 or later), or set VK_ICD_FILENAMES to a driver's .json",
	);
}
