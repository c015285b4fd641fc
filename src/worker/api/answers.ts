// Calls that run the model: answers of one or several adapters, logits, token likelihoods, scores.
import type {
	BatchThroughput,
	EngineApi,
	GenerateRequest,
	GenerateResult,
	MergeForm,
	MergeStudyRequest,
	ScoredToken,
	ScoreReport,
	ScoreRequest,
	SlotRef,
} from "../../engine/api.ts";
import { workerMessage } from "../../shared/messages/index.ts";
import type { EngineState } from "../engine-state.ts";
import { scoreTokens } from "../token-scores.ts";

export function answerCalls(state: EngineState) {
	const logits = async (input_ids: number[], adapterStrength: number): Promise<Float32Array> => {
		state.activeRun.refuse(workerMessage("waiting.logits"));
		return state.open().answers.logits(input_ids, adapterStrength);
	};
	return {
		async generate(request: GenerateRequest, onText: (piece: string) => void): Promise<GenerateResult> {
			return state.open().answers.ask(request, onText);
		},

		async generateTogether(
			slots: SlotRef[],
			request: GenerateRequest,
			onText: (slot: number, piece: string) => void,
		): Promise<{ answers: GenerateResult[]; pace: BatchThroughput }> {
			state.activeRun.refuse(workerMessage("waiting.batch"));
			const { activeAdapter, answers } = state.open();
			const adapters = await Promise.all(
				slots.map((slot) =>
					slot.kind === "base" ? null : slot.kind === "memory" ? activeAdapter.now() : state.adapterOverModel(slot.id),
				),
			);
			return answers.together(adapters, request, onText);
		},

		async cancelGenerate(): Promise<void> {
			state.opened?.answers.cancel();
		},

		logits,

		async score(input_ids: number[], output_ids: number[], adapterStrength: number): Promise<ScoredToken[]> {
			const { textProcessor } = state.open();
			if (textProcessor === null || input_ids.length === 0 || output_ids.length === 0) return [];
			const at = (strength: number) => logits([...input_ids, ...output_ids], strength);
			return scoreTokens(textProcessor, input_ids, output_ids, at, adapterStrength);
		},

		async scoreAnswers(request: ScoreRequest, onRow: (done: number, total: number) => boolean): Promise<ScoreReport> {
			state.activeRun.refuse(workerMessage("waiting.score"));
			const { scoreRows } = await import("../score.ts");
			return scoreRows(state.open(), state.data, request, onRow);
		},

		async mergeStudy(request: MergeStudyRequest, onForm: (form: MergeForm) => boolean): Promise<void> {
			state.activeRun.refuse(workerMessage("waiting.mergeStudy"));
			const { studyForms } = await import("../merge-study.ts");
			return studyForms(state.open(), state.data, request, onForm);
		},
	} satisfies Partial<EngineApi>;
}
