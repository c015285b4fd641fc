// Types of the adapter in memory and of adapter links.
import type { Message } from "../shared/messages/message.ts";
import type { RunSettings } from "../shared/settings.ts";
import type { ModelInfo } from "./api-model.ts";
import type { LinkPrediction, TrainingMetrics } from "./api-runs.ts";

/** The adapter in memory. */
export interface AdapterInfo {
	name: string;
	/** LoRA's rank; null for an adapter without LoRA. */
	r: number | null;
	lora_alpha: number;
	modules: number;
	trainableParameters: number;
	adapterBytes: number;
	base: string;
	/** Predicted length of the adapter's link; null unless the base is the bundled model. */
	link: LinkPrediction | null;
	/** The base with the tokens, the template and the weights that the adapter's files change. */
	model: ModelInfo;
	/** What is unusual about its files. */
	warnings: Message[];
	/** The run that trained it; null for an adapter that was imported from a file or a link. */
	training: TrainingFacts | null;
}

/** Facts about the run that trained an adapter, for its model card. Losses are in nats per token. */
export interface TrainingFacts {
	base: { parameters: number; license: string | null };
	/** `rows` is the number of training rows. */
	data: { name: string; rows: number; heldOutRows: number };
	settings: RunSettings;
	steps: number;
	lastLoss: number;
	firstEvalLoss: number | null;
	lastEvalLoss: number | null;
	/** For preference data: the last metrics. */
	metrics?: TrainingMetrics;
}

/** Description in a shared link. It is untrusted input: display it as plain text only. */
export interface LinkDescription {
	title: string; // at most 80 characters
	samplePrompt: string; // at most 400
	rows: number;
	steps: number;
	firstEvalLoss: number | null;
	lastEvalLoss: number | null;
}
