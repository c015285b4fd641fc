// A model runtime over a model folder on disk, for golden tests: the machine's GPU, the default tuning.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { testGpu } from "../executor/test-gpu.ts";
import { bytesSource, type ModelFolder } from "../formats/index.ts";
import { type BaseDType, openModelFiles } from "../models/load.ts";
import { type ModelRuntime, startRuntime } from "./runtime.ts";

export function testFolder(path: string): ModelFolder {
	return {
		name: path,
		list: () => readdir(path, { recursive: true }),
		open: async (file) => bytesSource(new Uint8Array(await readFile(join(path, file)))),
		text: (file) => readFile(join(path, file), "utf8"),
	};
}

/** @param minimal only WebGPU's default limits and no features. */
export async function testRuntime(
	path: string,
	{ dtype = "auto", minimal = false }: { dtype?: BaseDType; minimal?: boolean } = {},
): Promise<ModelRuntime> {
	const model = await openModelFiles(testFolder(path), path, dtype);
	return startRuntime(await testGpu(minimal), model);
}
