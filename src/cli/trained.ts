// What training leaves on disk: the adapter as its consumers load it.
import { join } from "node:path";
import { type AdapterInHand, exportAdapter } from "../engine/adapters/peft-adapter.ts";
import type { LoadedModel } from "../engine/models/load.ts";
import { writeWhole } from "./node-files.ts";

/** Writes the folder of an adapter, each file whole or not at all. */
export async function writeTrained(folder: string, model: LoadedModel, hand: AdapterInHand): Promise<void> {
	for (const file of exportAdapter(model, hand)) await writeWhole(join(folder, file.path), file.bytes);
}
