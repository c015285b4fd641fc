// The open model and everything that depends on it, with small helpers that several files share.
import type { Adapter } from "../engine/adapters/adapter.ts";
import type { TrainingFacts } from "../engine/api.ts";
import type { ModelRuntime } from "../engine/train/runtime.ts";
import type { TextProcessor } from "../engine/train/text-processor.ts";
import type { ActiveAdapter } from "./active-adapter.ts";
import type { Answers } from "./answers.ts";

export interface OpenModel {
	readonly runtime: ModelRuntime;
	readonly textProcessor: TextProcessor | null;
	readonly answers: Answers;
	readonly activeAdapter: ActiveAdapter;
	/** Licence of the base's weights, if its folder states one. */
	readonly license: string | null;
	/** Fingerprint of the bundled weights; null for other models. */
	readonly fingerprint: string | null;
}

/** The facts about the base for a model card. */
export const baseFacts = ({ runtime, license }: OpenModel): TrainingFacts["base"] => ({
	parameters: runtime.model.parameters,
	license,
});

/** Reads a zipped PEFT folder as an adapter of the model. @throws TabTuneError "adapter" if it is for another base */
export async function readAdapter({ runtime }: OpenModel, zip: Uint8Array, name: string): Promise<Adapter> {
	const { adapterZipFolder } = await import("../engine/formats/zip.ts");
	const { readAdapterFolder } = await import("../engine/adapters/adapter-files.ts");
	return readAdapterFolder(runtime.model, adapterZipFolder(zip, name), name);
}
