// Prints the WebGPU adapter that Node gets; exits with 3 if there is none. Run with gpuEnv() set.
import { create, globals } from "webgpu";

Object.assign(globalThis, globals);
const adapter = await create([]).requestAdapter();
const { description, device, vendor } = adapter?.info ?? {};
console.log(adapter === null ? "no adapter" : description || device || vendor || "unnamed adapter");
process.exit(adapter === null ? 3 : 0);
