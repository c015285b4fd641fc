// All English texts of the first load. Their keys are the keys of `t`: a key that zh.ts lacks does not compile.
// Texts belong to their feature (features/*/texts.en.ts); here are only those that several features share.
import { settingsEn } from "../../src/shared/settings.en.ts";
import { compareEn } from "../features/compare/texts.en.ts";
import { dataEn } from "../features/data/texts.en.ts";
import { exportEn } from "../features/export/texts.en.ts";
import { libraryEn } from "../features/library/texts.en.ts";
import { methodsEn } from "../features/methods/texts.en.ts";
import { modelEn } from "../features/model/texts.en.ts";
import { raceEn } from "../features/rank-lab/race.en.ts";
import { rankEn } from "../features/rank-lab/texts.en.ts";
import { runEn } from "../features/run/texts.en.ts";
import { settingsPanelEn } from "../features/settings/texts.en.ts";
import { workspaceEn } from "../features/workspace/texts.en.ts";

export const en = {
	...settingsEn,
	...compareEn,
	...dataEn,
	...exportEn,
	...libraryEn,
	...methodsEn,
	...modelEn,
	...raceEn,
	...rankEn,
	...runEn,
	...settingsPanelEn,
	...workspaceEn,

	"dialog.close": "Close",
	"tabs.loading": "Loading",
	"error.title.usage": "Invalid setting",
	"error.title.data": "The data cannot be used",
	"error.title.model": "The model cannot be used",
	"error.title.adapter": "The adapter cannot be used",
	"error.title.tokenizer": "Tokenizer or chat template error",
	"error.title.no-adapter": "No GPU available",
	"error.title.device-lost": "GPU device lost",
	"error.title.memory": "Not enough memory",
	"error.title.storage": "Could not write to storage",
	"error.title.busy": "Another tab is training",
	"error.title.numeric": "Training diverged",
	"error.title.not-yet": "Not supported yet",
	"error.title.internal": "Internal error",
	"error.title.crashed": "The engine crashed",
	"error.title.not-loaded": "Code did not load",
	"error.notLoaded":
		"A part of TabTune could not be fetched: the network may be down, or a newer version of TabTune may have been deployed. Try again, or reload the page.",
	"error.where": "Location: {where}",
	"error.details": "Details",
	"error.copy": "Copy",
	"error.copied": "Copied",
	"error.retry": "Retry",
	"error.restart": "Restart",
	"error.dismiss": "Dismiss",
	"part.unloaded": "This part of the page did not load",
	"part.unloadedHint":
		"Its code could not be fetched: the network may be down, or a newer version of TabTune may have been deployed. The rest of the page still works. Reloading ends a run in progress at its last checkpoint.",
	"part.failed": "This part of the page stopped working",
	"part.failedHint": "The rest of the page still works. Reloading ends a run in progress at its last checkpoint.",
	"part.retry": "Try again",
	"part.reload": "Reload",
	"error.lostAdapter":
		"Your data, settings and the last checkpoint of the run are kept. The adapter in memory can still be downloaded.",
} as const;
