// Messages about checkpoints of runs.

export const checkpointTexts = {
	missing: "this is not a checkpoint",
	"missing.next": "train with --save-steps N, or omit --resume-from-checkpoint",
	otherRun: "the checkpoint is from a run with different adapter settings",
	"otherRun.next": "resume with the run.json it was trained with",
	version: "the checkpoint has format version {version}; this TabTune reads version {supported} and earlier",
	"version.next":
		"resume with the version of TabTune that wrote it, or start a new run from its adapter with --adapter",
	otherSettings: "The run resumes with settings that differ from those of its checkpoint: {names}.",
	difference: "{name} is {before} in the checkpoint, {now} here",
	differences: "{first}; {second}",
	fixedSettings: "a run cannot be resumed with other settings: {differences}",
	"fixedSettings.next": "omit these settings to resume the run with its own, or start a new run",
	otherRows: "the checkpoint is from a run with different training rows",
	"otherRows.next": "resume with the file it was trained on, or add --allow-other-data",
	otherRowsAllowed: "The run resumes with training rows that differ from those it started with.",
	otherBase: "the checkpoint is from a run on a different base model",
	"otherBase.next": "resume with the model it was trained on",
	otherDtype: "the run was trained with the base in {before}, but here the base is loaded in {now}",
	"otherDtype.next": "resume with the same --dtype",
	damaged: "the checkpoint is damaged or incomplete: {file} is missing or does not match its checksum",
	"damaged.next": "resume from an earlier checkpoint",
	skipped: "{name} is skipped: {reason}",
	bestMissing:
		"{name}, the best checkpoint of the run, is missing or damaged: its weights cannot be loaded at the end of the run",
	fileMissing: "{file} is missing from the checkpoint",
	"fileMissing.next": "copy the whole checkpoint folder",
} as const;
