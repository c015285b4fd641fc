// Environment variables that select a Vulkan driver for WebGPU in Node (Dawn). With a GPU, or on other systems than Linux, the
// system's choice is kept; without a GPU: Mesa's lavapipe, else the SwiftShader of an installed Chromium.
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

const DRIVER_FOLDERS = ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"];
const CHROMIUM_FOLDERS = ["/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome", "/opt/chromium"];
// Mesa 22.3, whose lavapipe states Vulkan 1.x.230, lacks shaderUniform*ArrayDynamicIndexing and is rejected by Dawn.
const REFUSED_PATCH = 230;

/** Whether the machine has a GPU. */
function hasGpu() {
	if (process.platform !== "linux") return true;
	if (existsSync("/dev/nvidiactl")) return true;
	return existsSync("/dev/dri") && readdirSync("/dev/dri").some((name) => name.startsWith("renderD"));
}

/**
 * Whether Dawn accepts the lavapipe of a driver manifest.
 * @param {string} manifest its JSON text
 */
export function acceptsLavapipe(manifest) {
	const [, patch] = /"api_version"\s*:\s*"\d+\.\d+\.(\d+)"/.exec(manifest) ?? [];
	return patch !== undefined && Number(patch) > REFUSED_PATCH;
}

/**
 * The manifest of the software driver to use, or null if none is installed.
 * @returns {string | null}
 */
function softwareDriver() {
	for (const folder of DRIVER_FOLDERS.filter((path) => existsSync(path))) {
		for (const name of readdirSync(folder).filter((file) => /^lvp_icd.*\.json$/.test(file))) {
			const path = join(folder, name);
			if (acceptsLavapipe(readFileSync(path, "utf8"))) return path;
		}
	}
	const onPath = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "chromium"));
	const beside = onPath.filter((path) => existsSync(path)).map((path) => dirname(realpathSync(path)));
	const manifests = [...CHROMIUM_FOLDERS, ...beside].map((folder) => join(folder, "vk_swiftshader_icd.json"));
	return manifests.find((path) => existsSync(path)) ?? null;
}

/**
 * Variables to add to the environment of a process that uses WebGPU; values set by the caller are kept.
 * @returns {Record<string, string>}
 */
export function gpuEnv() {
	if (process.platform !== "linux") return {};
	/** @type {Record<string, string>} */
	const added = {};
	if (process.env.XDG_RUNTIME_DIR === undefined) {
		added.XDG_RUNTIME_DIR = join(tmpdir(), `tabtune-runtime-${process.getuid?.() ?? 0}`);
		mkdirSync(added.XDG_RUNTIME_DIR, { recursive: true, mode: 0o700 });
	}
	const chosen = process.env.VK_ICD_FILENAMES ?? process.env.VK_DRIVER_FILES;
	const driver = chosen === undefined && !hasGpu() ? softwareDriver() : null;
	if (driver !== null) added.VK_ICD_FILENAMES = driver;
	return added;
}
