// Messages of the worker's races, merge studies and scores, which are loaded when they are used.

export const workerLabTexts = {
	mergeMethod: "only LoRA and DoRA can be merged",
	"mergeMethod.next": "use a LoRA or DoRA adapter",
	mergeNoRows: "no row is held out, so there is nothing to measure on",
	mergeStudy: "the merge study",
	"noHeldOut.next": "hold out a share of the rows, or add more rows",
	raceStopped: "the race was stopped before it began",
	noChoices: "there are no questions with choices",
	rowsToScore: "the rows to score",
	"noChoices.next": 'add a file with rows like {"question": "…", "choices": ["…", "…"], "answer": 0}',
	scoreNoRows: "no row is held out, so there is no question that was not trained on",
} as const;
