// Answers the same prompt repeatedly with greedy decoding, so that different answers are due to the adapter.
import type { AdapterLayout } from "../adapters/adapter.ts";
import type { RunSettings } from "../api.ts";
import { Generator } from "./generator.ts";
import type { ModelRuntime } from "./runtime.ts";
import { openTextProcessor, promptIds } from "./text-processor.ts";

const SAMPLE_TOKENS = 64;

type TemplateSettings = Pick<RunSettings, "chat_template_kwargs">;

export interface Sampler {
	readonly prompt: string;
	/** Answers with the adapter parameters that are currently on the GPU. */
	answer(): Promise<string>;
	release(): void;
}

/**
 * @param prompt becomes a user turn if the model has a chat template
 * @param settings those of the run, whose template variables the prompt is rendered with
 */
export async function createSampler(
	runtime: ModelRuntime,
	layout: AdapterLayout,
	prompt: string,
	settings: TemplateSettings,
): Promise<Sampler> {
	const { folder, config } = runtime.model;
	const textProcessor = await openTextProcessor(folder, config);
	const ids = promptIds(textProcessor, prompt, settings);
	const length = Math.min(config.max_position_embeddings, layout.virtualTokens + ids.length + SAMPLE_TOKENS);
	const generator = await Generator.create(runtime, layout, length);
	const sampling = { max_new_tokens: SAMPLE_TOKENS, temperature: 0, top_p: 1, top_k: 0, seed: 0, adapterStrength: 1 };
	return {
		prompt,
		async answer() {
			const { output_ids } = await generator.generate(ids, sampling, textProcessor.eos, () => true);
			return textProcessor.tokenizer.decode(output_ids, { skipSpecialTokens: true });
		},
		release: () => generator.release(),
	};
}

/** One answer with the adapter that is on the GPU. */
export async function sampleOnce(
	runtime: ModelRuntime,
	layout: AdapterLayout,
	prompt: string,
	settings: TemplateSettings,
) {
	const sampler = await createSampler(runtime, layout, prompt, settings);
	try {
		return { prompt, text: await sampler.answer() };
	} finally {
		sampler.release();
	}
}
