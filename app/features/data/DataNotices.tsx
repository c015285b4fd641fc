// Notices below the sources of rows: rows that were replaced, a file that was not used, a file of settings. Loaded with the first.

import { useT } from "../../i18n/index.ts";
import { Button } from "../../ui/Button.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { undoReplace } from "./actions.ts";
import { adoptSettingsFile, keepBoth } from "./data-files.ts";
import { useData } from "./store.ts";

export function DataNotices() {
	return (
		<>
			<Replaced />
			<Refused />
			<SettingsFile />
		</>
	);
}

/** The own rows that were replaced last, with the ways to have them back. */
function Replaced() {
	const t = useT();
	const last = useData((s) => (s.origin?.kind === "gallery" ? null : s.replaced.at(-1)));
	const any = useData((s) => s.source !== null);
	if (last == null) return null;
	return (
		<Notice role="note">
			<p className="help wrap-anywhere">{t("data.replaced", { name: last.source.name })}</p>
			<div className="flex flex-wrap items-center gap-2">
				<Button onClick={() => void undoReplace()}>{t("data.edit.undo")}</Button>
				{any && <Button onClick={() => void keepBoth()}>{t("data.keepBoth")}</Button>}
			</div>
		</Notice>
	);
}

/** A file that was not used. */
function Refused() {
	const t = useT();
	const refused = useData((s) => s.refused);
	const any = useData((s) => s.source !== null);
	if (refused === null) return null;
	return (
		<>
			<ErrorNote
				error={refused.error}
				actions={[{ label: "error.dismiss", run: () => useData.setState({ refused: null }) }]}
			/>
			{any && <p className="help wrap-anywhere">{t("data.refused", { name: refused.name })}</p>}
		</>
	);
}

/** A run.json that was added as data: its settings can be loaded. */
function SettingsFile() {
	const t = useT();
	const file = useData((s) => s.settingsFile);
	if (file === null) return null;
	return (
		<Notice role="note">
			<p className="help wrap-anywhere">{t("data.settingsFile", { name: file.name })}</p>
			<div className="flex flex-wrap items-center gap-2">
				<Button onClick={adoptSettingsFile}>{t("data.settingsFileUse")}</Button>
				<Button kind="quiet" onClick={() => useData.setState({ settingsFile: null })}>
					{t("error.dismiss")}
				</Button>
			</div>
		</Notice>
	);
}
