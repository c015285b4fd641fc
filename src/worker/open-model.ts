// The open model and everything that depends on it, with small helpers that several files share.
import type { Adapter } from "../engine/adapters/adapter.ts";
import { readAdapterFolder } from "../engine/adapters/adapter-files.ts";
import type { TrainingFacts } from "../engine/api.ts";
import { adapterZipFolder } from "../engine/formats/index.ts";
import type { ModelRuntime } from "../engine/train/runtime.ts";
import type { TextProcessor } from "../engine/train/text-processor.ts";
import type { ActiveAdapter } from "./active-adapter.ts";
import type { Answers } from "./answers.ts";

export interface OpenModel {
	readonly runtime: ModelRuntime;
	readonly textProcessor: TextProcessor | null;
	readonly answers: Answers;
	readonly activeAdapter: ActiveAdapter;
	/** Of the base's weights, where its folder says it. */
	readonly license: string | null;
	/** Of the bundled weights. */
	readonly fingerprint: string | null;
}

/** What a card says of the base. */
export const baseFacts = ({ runtime, license }: OpenModel): TrainingFacts["base"] => ({
	parameters: runtime.model.parameters,
	license,
});

/** A PEFT zip laid over the model. @throws TabTuneError "adapter" for one of another base */
export async function readAdapter({ runtime }: OpenModel, zip: Uint8Array, name: string): Promise<Adapter> {
	return readAdapterFolder(runtime.model, adapterZipFolder(zip, name), name);
}
