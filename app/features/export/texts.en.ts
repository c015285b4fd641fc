// English texts of exporting, importing and sharing an adapter. The dialog for other programs has its own (dialog.en.ts).
export const exportEn = {
	"compare.download": "Download adapter",
	"compare.import": "Import adapter",
	"compare.importInput": "PEFT zip",
	"compare.adapterWarnings": "Warnings about the adapter",
	"compare.imported": "Imported {name}: {modules} module{modules|s}, {size}.",
	"compare.adapterNone": "No adapter yet.",
	"compare.adapterHas": "Adapter: {what}, {size}.",
	"compare.adapterFrom": "Adapter trained on {data}: {what}, {size}.",
	"compare.adapterOf": "Adapter of “{run}”, {when}: {what}, {size}.",
	"compare.adapterRank": "rank {r}",
	"compare.zipHint": "A zip file with adapter_model.safetensors, adapter_config.json and README.md, in PEFT's format.",
	"compare.adapter": "Adapter",

	"export.more": "Other files",
	"export.merge": "Merged model, as a zip",
	"export.runJson": "settings for the command line",
	"export.programs": "For other programs",
	"export.python": "Python code to load it",
	"export.pythonHelp":
		"Unpack the downloaded zip next to your script. The base is “{base}”: enter its folder or Hub name.",
	"export.merging": "Merging: {done} of {total}",
	"export.merged": "The merged model was saved: {size}.",

	"share.copy": "Copy link",
	"share.help":
		"The adapter is stored in the link itself, after the #, in bfloat16. Nothing is uploaded; anyone with the link has the adapter.",
	"share.copied": "Copied: {n} characters. Some messengers truncate long links; send it in a file or by email instead.",
	"share.predicted": "The link has about {n} characters.",
	"share.willFit": "Fits in a link: about {n} characters.",
	"share.tooLong": "A link of {n} characters is too long for a browser: rank {r} would fit.",
	"share.bundledOnly": "Links support only adapters of the bundled model; download the adapter to share it.",
	"share.opened": "This link contains a tuned model:",
	"share.facts": "{rows} row{rows|s}, {steps} step{steps|s}",
	"share.next": "Ask both models, or continue training: tick “Continue from the adapter in memory” before Start.",

	"standalone.title": "Stand-alone file to chat with",
	"standalone.making": "Writing the model and the adapter into one file",
	"standalone.made": "Saved: one HTML file of {size}. It opens from disk and works offline.",
	"standalone.noTemplate": "the stand-alone template is missing: build the page (npm start)",
	"standalone.tooLarge": "the stand-alone file would be {size}, too large for a browser",
	"standalone.tooLargeNext": "download the merged model and run it with llama.cpp or transformers",
} as const;
