// Writes a trained, truncated or blended adapter as the folder that other programs load.

import { join } from "node:path";
import type { Adapter } from "../engine/adapters/adapter.ts";
import { exportAdapter } from "../engine/adapters/adapter-files.ts";
import type { LoadedModel } from "../engine/models/load.ts";
import { cliError } from "./cli-error.ts";
import { exists, writeWhole } from "./node-files.ts";

/** Writes the folder of an adapter. Each file is written atomically. */
export async function writeTrained(folder: string, model: LoadedModel, adapter: Adapter): Promise<void> {
	for (const file of await exportAdapter(model, adapter)) await writeWhole(join(folder, file.path), file.bytes);
}

/** Checks the folder for a new adapter. @throws TabTuneError "usage" if it already contains one. */
export async function refuseAdapterFolder(folder: string): Promise<void> {
	if (!(await exists(join(folder, "adapter_config.json")))) return;
	throw cliError("usage", {
		what: "there is already an adapter",
		where: folder,
		next: "choose an empty --output-dir",
	});
}
