// Names the run deleted last, with a button that restores it.
import { useT } from "../../i18n/index.ts";
import { Button } from "../../ui/Button.tsx";
import { restoreRun } from "./runs-actions.ts";
import { useRuns } from "./runs-store.ts";

export function UndoDelete() {
	const t = useT();
	const deleted = useRuns((s) => s.justDeleted);
	if (deleted === null) return null;
	return (
		<p className="flex flex-wrap items-center gap-2 wrap-anywhere" role="alert">
			{t("runs.deleted", { name: deleted.name })}
			<Button onClick={() => void restoreRun(deleted.id)}>{t("runs.undo")}</Button>
		</p>
	);
}
