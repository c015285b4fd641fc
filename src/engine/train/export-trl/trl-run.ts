// Input and output types of the TRL export.
import type { Adapter } from "../../adapters/adapter.ts";
import type { RunSettings } from "../../api.ts";
import type { EncodedDataset } from "../../data/dataset.ts";
import type { LoadedModel } from "../../models/load.ts";

export interface TrlExportFile {
	readonly path: string;
	pieces(): AsyncIterable<Uint8Array>;
}

export interface TrlExportRun {
	readonly model: LoadedModel;
	/** The adapter as the run starts: fresh, or the one it continues. */
	readonly start: Adapter;
	readonly settings: RunSettings;
	readonly train: EncodedDataset;
	readonly heldOut: EncodedDataset | null;
	/** Files of a base that cannot be downloaded, which are exported too. */
	readonly baseFiles?: readonly TrlExportFile[];
}
