// Answers the same prompt repeatedly with greedy decoding, so that different answers are due to the adapter.
import type { AdapterLayout } from "../adapters/adapter.ts";
import type { RunSettings } from "../api.ts";
import { Generator } from "./generator.ts";
import type { ModelRuntime } from "./runtime.ts";
import { type ScoredQuestions, scoreAnswers, scoredLength } from "./score.ts";
import { openTextProcessor, promptIds, type TextProcessor } from "./text-processor.ts";

const SAMPLE_TOKENS = 64;

type TemplateSettings = Pick<RunSettings, "chat_template_kwargs">;

interface Sampler {
	readonly prompt: string;
	/** Answers with the adapter parameters that are currently on the GPU. */
	answer(): Promise<string>;
	release(): void;
}

/**
 * @param prompt becomes a user turn if the model has a chat template
 * @param settings those of the run, whose template variables the prompt is rendered with
 */
async function createSampler(
	runtime: ModelRuntime,
	layout: AdapterLayout,
	prompt: string,
	settings: TemplateSettings,
): Promise<Sampler> {
	const question = await openPrompt(runtime, prompt, settings);
	const generator = await runGenerator(runtime, layout, question.ids.length + SAMPLE_TOKENS);
	return { prompt, answer: () => answerPrompt(generator, question), release: () => generator.release() };
}

/** Answers the sample prompt of a run and scores its questions with one generator. */
export async function createRunAnswers(
	runtime: ModelRuntime,
	layout: AdapterLayout,
	prompt: string | null,
	scored: ScoredQuestions | null,
	settings: TemplateSettings,
): Promise<{ sample: (() => Promise<string>) | null; score: (() => Promise<number>) | null }> {
	if (prompt === null && scored === null) return { sample: null, score: null };
	const question = prompt === null ? null : await openPrompt(runtime, prompt, settings);
	const lengths = [
		...(question === null ? [] : [question.ids.length + SAMPLE_TOKENS]),
		...(scored === null ? [] : [scoredLength(scored)]),
	];
	const generator = await runGenerator(runtime, layout, Math.max(...lengths));
	return {
		sample: question && (() => answerPrompt(generator, question)),
		score: scored && (() => scoreAnswers(generator, scored)),
	};
}

interface OpenedPrompt {
	readonly ids: readonly number[];
	readonly textProcessor: TextProcessor;
}

async function openPrompt(
	{ model: { folder, config } }: ModelRuntime,
	prompt: string,
	settings: TemplateSettings,
): Promise<OpenedPrompt> {
	const textProcessor = await openTextProcessor(folder, config);
	return { ids: promptIds(textProcessor, prompt, settings), textProcessor };
}

function runGenerator(runtime: ModelRuntime, layout: AdapterLayout, positions: number): Promise<Generator> {
	const { max_position_embeddings } = runtime.model.config;
	return Generator.create(runtime, layout, Math.min(max_position_embeddings, layout.virtualTokens + positions));
}

async function answerPrompt(generator: Generator, { ids, textProcessor }: OpenedPrompt): Promise<string> {
	const sampling = { max_new_tokens: SAMPLE_TOKENS, temperature: 0, top_p: 1, top_k: 0, seed: 0, adapterStrength: 1 };
	const { output_ids } = await generator.generate(ids, sampling, textProcessor.eos, () => true);
	return textProcessor.tokenizer.decode(output_ids, { skipSpecialTokens: true });
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
