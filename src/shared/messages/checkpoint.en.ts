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
	fileMissing: "{file} is missing from the checkpoint",
	"fileMissing.next": "copy the whole checkpoint folder",
} as const;

export const checkpointMessage = messagesOf("checkpoint", checkpointTexts);
