// The length of a run in words: its steps, or its epochs where the steps depend on the rows.
import type { RunSettings } from "../../../src/shared/settings.ts";
import type { Translate } from "../../i18n/index.ts";

export const lengthText = (t: Translate, settings: Pick<RunSettings, "max_steps" | "num_train_epochs">): string =>
	settings.max_steps > 0
		? t("run.steps", { n: settings.max_steps })
		: t("run.epochs", { n: settings.num_train_epochs });
