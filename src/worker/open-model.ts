// The open model and everything that depends on it, with small helpers that several files share.
import type { ModelInfo, NamedFile, TrainingFacts } from "../engine/api.ts";
import type { ModelFolder } from "../engine/formats/index.ts";
import type { LoadedModel } from "../engine/models/load.ts";
import { suffixes } from "../engine/peft/targets.ts";
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

type ModelParts = Pick<OpenModel, "runtime" | "textProcessor" | "license">;

/** What the page shows of the model. */
export function modelInfo({ runtime: { model }, textProcessor, license }: ModelParts): ModelInfo {
	const { config } = model;
	const linear = model.family.linearModules(config);
	return {
		name: model.name,
		license,
		model_type: config.model_type,
		parameters: model.parameters,
		weightBytes: model.weightBytes,
		dtype: model.dtype,
		hidden_size: config.hidden_size,
		num_hidden_layers: config.num_hidden_layers,
		vocab_size: config.vocab_size,
		max_position_embeddings: config.max_position_embeddings,
		hasChatTemplate: textProcessor?.template != null,
		linearModules: suffixes(linear),
		rankLimits: Object.fromEntries(
			linear.map((module) => [module.path.split(".").at(-1) ?? module.path, Math.min(module.in, module.out)]),
		),
		warnings: [...model.warnings],
	};
}

/** The model as its files have it, without an adapter's changes. */
export const baseOf = (model: LoadedModel): LoadedModel => model.changes?.base ?? model;

const isGguf = (bytes: Uint8Array): boolean => new TextDecoder("latin1").decode(bytes.subarray(0, 4)) === "GGUF";

/** An adapter's folder as a zip: of a zip, of a LoRA GGUF file, or of the files of a folder. */
export async function adapterZipOf(source: Blob | readonly NamedFile[]): Promise<Blob> {
	const { zippedFiles } = await import("./export-zip.ts");
	if (!(source instanceof Blob)) return zippedFiles(source);
	return isGguf(new Uint8Array(await source.slice(0, 4).arrayBuffer()))
		? zippedFiles([{ path: "adapter.gguf", blob: source }])
		: source;
}

/** The folder of an imported adapter. */
export async function adapterFolderOf(source: Blob | readonly NamedFile[], name: string): Promise<ModelFolder> {
	const { adapterZipFolder } = await import("../engine/formats/zip.ts");
	return adapterZipFolder(new Uint8Array(await (await adapterZipOf(source)).arrayBuffer()), name);
}
