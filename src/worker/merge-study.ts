// The merge study on the page: opens the loaded model again in each base precision and measures the active adapter on it.
// Imported on demand; the measurements are train/merge-study.ts.
import type { MergeForm, MergeStudyRequest } from "../engine/api.ts";
import { openModelFiles } from "../engine/models/load.ts";
import { studyMerges } from "../engine/train/merge-study.ts";
import { TabTuneError } from "../shared/errors.ts";
import { workerLabMessage, workerMessage } from "../shared/messages/index.ts";
import type { DataCache } from "./data-cache.ts";
import type { OpenModel } from "./open-model.ts";

export async function studyForms(
	{ runtime, textProcessor, answers, activeAdapter }: OpenModel,
	data: DataCache,
	{ bases, samples, max_new_tokens, ...rows }: MergeStudyRequest,
	onForm: (form: MergeForm) => boolean | Promise<boolean>,
): Promise<void> {
	const adapter = await activeAdapter.now();
	if (adapter.layout.parts.length !== 1 || adapter.layout.modules.length === 0)
		throw new TabTuneError("adapter", {
			what: workerLabMessage("mergeMethod"),
			where: workerMessage("adapterInMemory"),
			next: workerLabMessage("mergeMethod.next"),
		});
	const { heldOut } = await data.get(runtime.model, textProcessor, rows.data, rows.heldOut, rows.settings);
	if (heldOut === null)
		throw new TabTuneError("data", {
			what: workerLabMessage("mergeNoRows"),
			where: workerLabMessage("mergeStudy"),
			next: workerLabMessage("noHeldOut.next"),
		});
	const task = {
		rows: heldOut,
		batch: rows.settings.per_device_train_batch_size,
		samples,
		max_new_tokens,
		eos: textProcessor?.eos ?? runtime.model.config.eos_token_ids,
	};
	const words = (ids: number[]) => textProcessor?.tokenizer.decode(ids, { skipSpecialTokens: true }) ?? ids.join(" ");
	await answers.alone(async () => {
		for (const base of bases) {
			const model = await openModelFiles(runtime.model.folder, runtime.model.name, base);
			for (const { answers: formAnswers, ...form } of await studyMerges(runtime.gpu, model, adapter, task)) {
				const answerTexts = formAnswers.map(({ input_ids, output_ids }) => ({
					prompt: words(input_ids),
					text: words(output_ids),
					output_ids,
				}));
				if (!(await onForm({ ...form, answers: answerTexts }))) return;
			}
		}
	});
}
