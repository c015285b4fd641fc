// Messages about checkpoints of runs.
import { messagesOf } from "./message.ts";

export const checkpointTexts = {
	missing: "this is not a checkpoint",
	"missing.next": "train with --save-steps N, or omit --resume-from-checkpoint",
	otherRun: "the checkpoint belongs to a run with other adapter settings",
	"otherRun.next": "resume with the run.json it was trained with",
	version: "the checkpoint has format version {version}; this TabTune reads version {supported} and earlier",
	"version.next": "resume with the TabTune that wrote it, or continue training from its adapter with --adapter",
	otherSettings: "The run resumes with other settings than its checkpoint had: {names}.",
	difference: "{name} is {before} in the checkpoint, {now} here",
	fixedSettings: "a run cannot resume with other settings: {differences}",
	"fixedSettings.next":
		"leave these settings out to continue the run as it is, or start a new run without a checkpoint",
	otherRows: "the checkpoint belongs to a run on other training rows",
	"otherRows.next": "resume with the file it was trained on, or add --allow-other-data",
	otherRowsAllowed: "The run resumes with other training rows than it began with.",
	otherBase: "the checkpoint belongs to a run on another base model",
	"otherBase.next": "resume with the model it was trained on",
	otherDtype: "the run's base has the precision {before}, here it has {now}",
	"otherDtype.next": "resume with the same --dtype",
	damaged: "the checkpoint is damaged or incomplete: {file} is missing or does not match its checksum",
	"damaged.next": "resume from an earlier checkpoint",
	skipped: "{name} is skipped: {reason}",
	fileMissing: "{file} is missing from the checkpoint",
	"fileMissing.next": "copy the whole checkpoint folder",
} as const;

export const checkpointMessage = messagesOf("checkpoint", checkpointTexts);
