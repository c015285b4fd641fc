// TabTune's engine as a package for Node, on the `webgpu` package (Dawn), with the same calls as in a page. Runs are not
// stored, which a warning says: save the adapter with `exportAdapter`.
import { openAsBlob } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { EngineApi, NamedFile } from "../engine/api.ts";
import { nodeGpu } from "../engine/device/node-gpu.ts";
import { createEngine as createWorkerEngine } from "../worker/api/index.ts";

import "../shared/messages/en.ts";

export type * from "../engine/api.ts";
export { TabTuneError } from "../shared/errors.ts";
export { runSettings } from "./run-settings.ts";

/** An engine on this machine's GPU. The `webgpu` package must be installed. */
export function createEngine(): EngineApi {
	return createWorkerEngine(nodeGpu);
}

/** The files of a model folder, for `loadModel({ kind: "files", name, files })`. They are read as they are needed. */
export async function folderFiles(folder: string): Promise<NamedFile[]> {
	const entries = await readdir(folder, { withFileTypes: true });
	const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
	return Promise.all(names.map(async (path) => ({ path, blob: await openAsBlob(join(folder, path)) })));
}
