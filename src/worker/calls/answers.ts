// What a model says: answers of one adapter or several, logits, how likely each token is (answers.ts does the work).
import type {
	EngineApi,
	GenerateRequest,
	GenerateResult,
	LaneRef,
	MergeForm,
	MergeStudyRequest,
	ScoredToken,
	ScoreReport,
	ScoreRequest,
	TogetherPace,
} from "../../engine/api.ts";
import type { Desk } from "../desk.ts";
import { scored } from "../outputs.ts";

export function answerCalls(desk: Desk) {
	const logits = async (input_ids: number[], adapterStrength: number): Promise<Float32Array> => {
		desk.training.refuse("a text to be read");
		return desk.open().answers.logits(input_ids, adapterStrength);
	};
	return {
		async generate(request: GenerateRequest, onText: (piece: string) => void): Promise<GenerateResult> {
			return desk.open().answers.ask(request, onText);
		},

		async generateTogether(
			lanes: LaneRef[],
			request: GenerateRequest,
			onText: (lane: number, piece: string) => void,
		): Promise<{ answers: GenerateResult[]; pace: TogetherPace }> {
			desk.training.refuse("a batch of answers");
			const { hand, answers } = desk.open();
			const hands = await Promise.all(
				lanes.map((lane) =>
					lane.kind === "base" ? null : lane.kind === "memory" ? hand.now() : desk.training.adapterOf(lane.id),
				),
			);
			return answers.together(hands, request, onText);
		},

		async cancelGenerate(): Promise<void> {
			desk.opened?.answers.cancel();
		},

		logits,

		async score(input_ids: number[], output_ids: number[], adapterStrength: number): Promise<ScoredToken[]> {
			const { language } = desk.open();
			if (language === null || input_ids.length === 0 || output_ids.length === 0) return [];
			const at = (strength: number) => logits([...input_ids, ...output_ids], strength);
			return scored(language, input_ids, output_ids, at, adapterStrength);
		},

		async scoreAnswers(request: ScoreRequest, onRow: (done: number, total: number) => boolean): Promise<ScoreReport> {
			desk.training.refuse("answers to be judged");
			const { scoreRows } = await import("../scoring.ts");
			return scoreRows(desk.open(), desk.data, request, onRow);
		},

		async mergeStudy(request: MergeStudyRequest, onForm: (form: MergeForm) => boolean): Promise<void> {
			desk.training.refuse("a merge study");
			const { studyForms } = await import("../merging.ts");
			return studyForms(desk.open(), desk.data, request, onForm);
		},
	} satisfies Partial<EngineApi>;
}
