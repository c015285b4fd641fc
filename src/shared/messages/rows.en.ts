// Messages about the fields of data rows: ratings, weights, masks, roles, and fields that are not used.
import { messagesOf } from "./message.ts";

export const rowsTexts = {
	kto: "these are rated answers ({fields}) for KTO, which is not supported yet",
	"kto.next": 'keep the good answers, without "{name}"; or pair answers to one prompt as chosen and rejected',
	rating: '"{name}" is {value}, which is neither true nor false',
	"rating.next": 'rename or remove "{name}" if it is not a rating of the answer',
	rowWeight: '"{name}" is {weight}, but the weight of a row must be 1 (trained) or 0 (skipped)',
	"rowWeight.next": 'remove "{name}", or repeat rows that should count more',
	turnWeight: "{turn}.{name} is {value}, but it must be 1 or true (trained), or 0 or false (not trained)",
	"turnWeight.next": "write 0 or 1",
	maskCount: "there are {ids} input_ids and {count} {name}",
	"maskCount.next": "give each token one value",
	maskValues: '"{name}" is not a list of 0 and 1',
	attentionHole: "attention_mask has a 0 in the middle",
	"attentionHole.next": "only padding at the start or the end is supported: split the row there",
	positions: "position_ids do not count 0, 1, 2, …",
	"positions.next": "give each packed sequence as a row, without position_ids",
	droppedRole: '{turn} has the role "{role}", which the chat template ignores',
	"droppedRole.next": "use system, user, assistant or tool",
	droppedTurns: 'the chat template ignores turns with the role "{role}" in {rows}',
	unused: "these fields are not used: {names}",
	samePairs: "{rows} whose chosen and rejected answers are the same, skipped: they express no preference",
	nothingPreferred: "in all {rows} rows the chosen answer and the rejected one are the same",
	"nothingPreferred.next": "give different answers",
	emptyAnswers: "{rows} with an empty answer: only the end token is trained",
	surrogates: "{rows} with a lone surrogate (half of a character), which is replaced by U+FFFD",
	overlap:
		"{count} of {rows} held-out rows are also in the training file: their loss does not show how well the model does on new rows",
	"turnRow.next": 'these are turns of a conversation: write {"messages": [{"role": …, "content": …}, …]} as one row',
	unusedTools: "the chat template does not write the tools of {rows}, so the model does not see them",
	unusedCalls: "the chat template does not write the tool calls of {rows}, so they are not trained",
	unusedVariables: "the chat template does not use the variables {names} of chat_template_kwargs ({rows})",
	pythonList: '"{field}" is a list as Python prints it, not JSON',
	"pythonList.next": "write it with json.dumps, or save the rows with to_json",
} as const;

export const rowsMessage = messagesOf("rows", rowsTexts);
