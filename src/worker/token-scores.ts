// Computes the likelihood of an answer's tokens under the base and the tuned model.
import type { ScoredToken } from "../engine/api.ts";
import { tokenScores } from "../engine/train/logits.ts";
import type { TextProcessor } from "../engine/train/text-processor.ts";

/** @param logits computes the logits of the whole text at an adapter strength: [T, vocab] */
export async function scoreTokens(
	textProcessor: TextProcessor,
	input_ids: readonly number[],
	output_ids: readonly number[],
	logits: (strength: number) => Promise<Float32Array>,
	strength: number,
): Promise<ScoredToken[]> {
	const [base, tuned] = [
		tokenScores(await logits(0), input_ids.length, output_ids),
		tokenScores(await logits(strength), input_ids.length, output_ids),
	];
	const texts = textProcessor.tokenizer.pieces(output_ids);
	return output_ids.map((id, i) => ({ id, text: texts[i], base: base[i], tuned: tuned[i] }));
}
