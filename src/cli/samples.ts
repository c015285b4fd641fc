// Answers written during a run: one prompt, asked again and again, greedy, so that only the adapter changes.

import { appendFile } from "node:fs/promises";
import type { AdapterLayout } from "../engine/adapters/adapter.ts";
import { Generator } from "../engine/train/generator.ts";
import type { ModelRuntime } from "../engine/train/runtime.ts";
import { promptIds } from "../engine/train/text-processor.ts";
import { storageError } from "./node-files.ts";
import { languageOf } from "./open.ts";
import { say } from "./output.ts";

const SAMPLE_TOKENS = 64;

/** Asks `prompt` (as a user's turn where the model has a chat template) of the adapter in training. */
export async function sampler(
	bench: ModelRuntime,
	layout: AdapterLayout,
	prompt: string,
): Promise<{ ask(): Promise<{ prompt: string; text: string }>; release(): void }> {
	const language = await languageOf(bench.model);
	const ids = promptIds(language, prompt);
	const room = Math.min(bench.model.config.max_position_embeddings, layout.virtualTokens + ids.length + SAMPLE_TOKENS);
	const generator = await Generator.create(bench, layout, room);
	const sampling = { max_new_tokens: SAMPLE_TOKENS, temperature: 0, top_p: 1, top_k: 0, seed: 0, adapterStrength: 1 };
	return {
		async ask() {
			const { output_ids } = await generator.generate(ids, sampling, language.eos, () => true);
			return { prompt, text: language.tokenizer.decode(output_ids, { skipSpecialTokens: true }) };
		},
		release: () => generator.release(),
	};
}

/** One more line in samples.jsonl. */
export async function writeSample(path: string, step: number, prompt: string, text: string): Promise<void> {
	say(`step ${step}  ${JSON.stringify(text)}`);
	try {
		await appendFile(path, `${JSON.stringify({ step, prompt, text })}\n`);
	} catch (cause) {
		throw storageError(path, cause);
	}
}
