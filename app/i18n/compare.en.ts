// Comparing and taking out, in English.

export const compareEn = {
	"compare.modes": "Ways of asking",
	"compare.mode.one": "One prompt",
	"compare.mode.set": "Several prompts",
	"compare.mode.chat": "Chat",
	"compare.send": "Send",
	"compare.prompts": "Prompts, one a line, {n} at most",
	"compare.heldOutPrompts": "Use the prompts that this set holds back",
	"compare.setEmpty": "Each prompt gets a line with both answers.",
	"compare.chatEmpty": "Both models answer every turn, and each remembers its own answers.",
	"compare.clearChat": "Clear the chat",
	"compare.colour": "Colour by likelihood",
	"compare.colourHelp":
		"Teal where the tuned model finds a token likelier than the base does, amber where less likely; the figures are on each token.",
	"compare.likelier": "likelier after tuning",
	"compare.lessLikely": "less likely",
	"compare.tokenTitle": "base {base} · tuned {tuned}",
	"compare.copy": "Copy as text",
	"compare.share": "Share",
	"export.more": "Other files",
	"export.merge": "Merged model, as a zip",
	"export.runJson": "the settings, for the command",
	"export.python": "Lines of Python that load it",
	"export.pythonHelp":
		"Unpack the downloaded zip beside your script. The base is “{base}”: give the folder or the Hub name it came from.",
	"export.merging": "Merging: {done} of {total}",
	"export.merged": "The merged model was saved: {size}.",
} as const;
