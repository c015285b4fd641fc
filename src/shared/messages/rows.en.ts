// Messages about the fields of data rows: ratings, weights, masks, roles, and fields that are not used.
import { messagesOf } from "./message.ts";

export const rowsTexts = {
	kto: "these are rated answers ({fields}) for KTO, which is not supported yet",
	"kto.next": 'keep the good answers, without "{name}"; or pair answers to one prompt as chosen and rejected',
	rating: '"{name}" is {value}, which is neither true nor false',
	"rating.next": 'rename or remove "{name}" if it is no rating of the answer',
	rowWeight: '"{name}" is {weight}; rows are trained with weight 1 or left out with 0',
	"rowWeight.next": 'remove "{name}", or repeat rows that should count more',
	turnWeight: "{turn}.{name} is {value}; a turn is trained with 1 or true, and not with 0 or false",
	"turnWeight.next": "write 0 or 1",
	maskCount: "there are {ids} input_ids and {count} {name}",
	"maskCount.next": "give each token one value",
	maskValues: '"{name}" is not a list of 0 and 1',
	attentionHole: "attention_mask has a 0 between tokens",
	"attentionHole.next": "only padding at the start or the end can be left out: split the row there",
	positions: "position_ids do not count 0, 1, 2, …",
	"positions.next": "give each packed sequence as a row, without position_ids",
	droppedRole: '{turn} has the role "{role}", which the chat template leaves out',
	"droppedRole.next": "use system, user, assistant or tool",
	droppedTurns: 'the chat template leaves out turns with the role "{role}", in {rows}',
	unused: "these fields are not used: {names}",
	samePairs: "{rows} with the same answer as chosen and as rejected, skipped: they express no preference",
	nothingPreferred: "in all {rows} rows the chosen answer and the rejected one are the same",
	"nothingPreferred.next": "give different answers",
	emptyAnswers: "{rows} with an empty answer: only the end is trained",
	surrogates: "{rows} with half of a character (a lone surrogate), which becomes U+FFFD",
	overlap:
		"{count} of {rows} held-out rows are also in the training file: their loss does not show how well the model does on new rows",
	pythonList: '"{field}" is a list as Python prints it, not JSON',
	"pythonList.next": "write it with json.dumps, or save the rows with to_json",
} as const;

export const rowsMessage = messagesOf("rows", rowsTexts);
