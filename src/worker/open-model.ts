// The model in hand and all that stands over it; another model is another of these. Small readings that more than one room
// needs of it are here.
import { readAdapterFolder } from "../engine/adapters/adapter-files.ts";
import type { Adapter } from "../engine/adapters/peft-adapter.ts";
import type { TrainingFacts } from "../engine/api.ts";
import { adapterZipFolder } from "../engine/formats/index.ts";
import type { Language } from "../engine/train/language.ts";
import type { Workbench } from "../engine/train/workbench.ts";
import type { Answers } from "./answers.ts";
import type { Hand } from "./hand.ts";

export interface OpenModel {
	readonly bench: Workbench;
	readonly language: Language | null;
	readonly answers: Answers;
	readonly hand: Hand;
	/** Of the base's weights, where its folder says it. */
	readonly license: string | null;
	/** Of the bundled weights. */
	readonly fingerprint: string | null;
}

/** What a card says of the base. */
export const baseFacts = ({ bench, license }: OpenModel): TrainingFacts["base"] => ({
	parameters: bench.model.parameters,
	license,
});

/** A PEFT zip laid over the model. @throws TabTuneError "adapter" for one of another base */
export async function readAdapter({ bench }: OpenModel, zip: Uint8Array, name: string): Promise<Adapter> {
	return readAdapterFolder(bench.model, adapterZipFolder(zip, name), name);
}
