// Says which WebGPU adapter Node gets here, on stdout; exits with 3 when there is none. Run with gpuEnv() set.
import { create, globals } from "webgpu";

Object.assign(globalThis, globals);
const adapter = await create([]).requestAdapter();
const { description, device, vendor } = adapter?.info ?? {};
console.log(adapter === null ? "no adapter" : description || device || vendor || "unnamed adapter");
process.exit(adapter === null ? 3 : 0);
