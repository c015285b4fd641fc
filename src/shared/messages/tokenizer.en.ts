// Messages about the tokenizer and the chat template.

export const tokenizerTexts = {
	templateParse: "the chat template cannot be parsed: {reason}",
	"templateParse.next": "put a chat_template.jinja that works with transformers into the model folder",
	templateRefuses: "the chat template refuses the conversation: {reason}",
	"templateRefuses.next": "change the row to what the template expects (roles and their order), or leave it out",
	"templateJoins.next":
		"this template joins the value with text: give it as a string, such as a tool call's arguments as JSON text",
	steps: "it takes more than {most} steps",
	seconds: "it takes more than {most} seconds",
	characters: "it writes more than {most} characters",
	elements: "it creates a list of more than {most} elements",
	noDefaultTemplate: "the model has several chat templates ({names}) and none is named default",
	"noDefaultTemplate.next": "put the one to use into the folder as chat_template.jinja, or name it default",
	earlierTurns: "the chat template changes earlier turns, so that message {message} cannot be located",
	"earlierTurns.next": "set assistant_only_loss to false, or end the row with that message",
	load: "the tokenizer cannot be loaded: {reason}",
	"load.next": "download the tokenizer files again from the model's source",
	unknownPart: 'the tokenizer has a {part} of the type "{kind}", which TabTune does not support',
	"unknownPart.next": "use a model with a BPE, Unigram or WordPiece tokenizer of the usual parts, or rows of input_ids",
	noModel: '"model" is missing or not an object',
	vocabEntry: "this entry of the vocabulary is not a token and its score",
	noVocab: '"vocab" is missing or neither an object nor a list',
	noMerges: '"merges" is missing or not a list',
	noAddedTokens: '"added_tokens" is not a list',
	tokenId: "the token {token} has the id {id}, which is not a whole number from 0 to {most}",
	addedToken: 'an added token lacks its "id" or "content"',
} as const;
