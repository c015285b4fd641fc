// What a run will store on this device: its checkpoints and a copy of its rows.
import type { CostEstimate } from "../../../src/engine/api.ts";

/** A checkpoint has the parameters and both moments of Adam in float32, and the adapter's file. */
const STATE_BYTES = 12;
/** While one is saved, the two before it are still there. */
const CHECKPOINTS = 3;

export const storageNeed = (
	{ trainableParameters, adapterBytes }: Pick<CostEstimate, "trainableParameters" | "adapterBytes">,
	rowBytes: number,
): number => CHECKPOINTS * (STATE_BYTES * trainableParameters + adapterBytes) + rowBytes;
