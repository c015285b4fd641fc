// Prints the SPIR-V assembly of WGSL files, which Dawn makes on lavapipe (toggle dump_shaders). It runs in a separate process,
// because Dawn writes to the standard streams. Usage: node dump-spirv.mjs FILE.wgsl …
import { readFileSync, writeSync } from "node:fs";
import { create, globals } from "webgpu";

Object.assign(globalThis, globals);
// The instance has to outlive the adapter.
const gpu = create(["enable-dawn-features=dump_shaders,disable_robustness,allow_unsafe_apis", "backend=vulkan"]);
const adapter = await gpu.requestAdapter();
if (adapter === null) throw new Error("no adapter");
/** @type {GPUFeatureName[]} */
const FEATURES = ["subgroups", "shader-f16"];
/** @type {(keyof GPUSupportedLimits & string)[]} */
const LIMITS = [
	"maxStorageBuffersPerShaderStage",
	"maxComputeWorkgroupStorageSize",
	"maxComputeInvocationsPerWorkgroup",
	"maxComputeWorkgroupSizeX",
];
const device = await adapter.requestDevice({
	requiredFeatures: FEATURES.filter((name) => adapter.features.has(name)),
	requiredLimits: Object.fromEntries(LIMITS.map((name) => [name, Number(adapter.limits[name])])),
});
for (const path of process.argv.slice(2)) {
	device.pushErrorScope("validation");
	const module = device.createShaderModule({ code: readFileSync(path, "utf8") });
	device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "main" } });
	const error = await device.popErrorScope();
	if (error !== null) {
		writeSync(2, `${path}: ${error.message}\n`);
		process.exit(1);
	}
}
process.exit(0);
