// Finds a Chromium or Chrome, and lists the flags that enable WebGPU on a machine without a GPU. The order: TABTUNE_CHROMIUM,
// the system's, the one that Playwright installed.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const COMMANDS = ["chromium", "google-chrome", "google-chrome-stable", "chromium-browser"];
const PROGRAMS = {
	darwin: [
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
		"/Applications/Chromium.app/Contents/MacOS/Chromium",
	],
	win32: [process.env.ProgramFiles, process.env["ProgramFiles(x86)"], process.env.LOCALAPPDATA]
		.filter((folder) => folder !== undefined)
		.map((folder) => join(String(folder), "Google", "Chrome", "Application", "chrome.exe")),
};

/**
 * Installed browsers, best first.
 * @returns {string[]} paths of programs that exist
 */
function systemChromiums() {
	const named = process.env.TABTUNE_CHROMIUM;
	if (named !== undefined) return [named];
	const known = process.platform === "darwin" || process.platform === "win32" ? PROGRAMS[process.platform] : [];
	const folders = process.platform === "win32" ? [] : (process.env.PATH ?? "").split(delimiter);
	const found = COMMANDS.flatMap((command) => folders.map((folder) => join(folder, command)));
	return [...known, ...found].filter((path) => existsSync(path));
}

/**
 * The browser of the tests, or null. Imports Playwright only when the system has none.
 * @returns {Promise<string | null>}
 */
export async function findChromium() {
	const [path] = systemChromiums();
	if (path !== undefined) return path;
	const { chromium } = await import("@playwright/test");
	const own = chromium.executablePath();
	return own !== "" && existsSync(own) ? own : null;
}

/**
 * Flags for headless tests. On Linux the adapter is always SwiftShader, so that all machines test the same one.
 * @returns {string[]}
 */
export function chromiumFlags() {
	return [
		...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
		...(process.platform === "linux" ? ["--use-webgpu-adapter=swiftshader"] : []),
		"--enable-unsafe-webgpu",
		"--disable-quic",
		"--no-first-run",
		"--disable-background-networking",
		"--disable-component-update",
		"--disable-sync",
	];
}
