// The adapter as a link: a button with the predicted length, or the highest rank that fits; and the note about an opened link.
import { Link } from "lucide-react";
import { useT } from "../../i18n/index.ts";
import { about, count, loss } from "../../lib/format.ts";
import { Button } from "../../ui/Button.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { useEngine } from "../model/store.ts";
import { isBusy, useRun } from "../run/store.ts";
import { copyLink } from "./share-actions.ts";
import { useShare } from "./share-store.ts";

export function CopyLink() {
	const t = useT();
	const has = useEngine((s) => s.adapter !== null && (s.phase === "ready" || s.phase === "lost"));
	const bundled = useEngine((s) => s.source.kind === "demo");
	const busy = useRun((s) => isBusy(s.state));
	if (!bundled) return null;
	return (
		<Button disabled={!has || busy} title={t("share.help")} onClick={() => void copyLink()}>
			<Link size={16} aria-hidden="true" /> {t("share.copy")}
		</Button>
	);
}

/** The length of the link, or why there is none. */
export function LinkNote() {
	const t = useT();
	const bundled = useEngine((s) => s.source.kind === "demo");
	const link = useEngine((s) => s.adapter?.link ?? null);
	const copied = useShare((s) => s.copied);
	if (!bundled) return t("share.bundledOnly");
	if (copied !== null) return t("share.copied", { n: count(copied) });
	if (link === null) return "";
	return link.fits
		? t("share.predicted", { n: about(link.characters) })
		: t("share.tooLong", { n: about(link.characters), r: link.highestRank });
}

/** Why the link could not be copied. */
export function CopyLinkError() {
	const error = useShare((s) => s.error);
	if (error === null) return null;
	return (
		<ErrorNote error={error} actions={[{ label: "error.dismiss", run: () => useShare.setState({ error: null }) }]} />
	);
}

/** Shown at the top of the page if the link in the address could not be opened. */
export function OpenLinkError() {
	const error = useShare((s) => s.openError);
	if (error === null) return null;
	return (
		<div className="mb-3">
			<ErrorNote
				error={error}
				actions={[{ label: "error.dismiss", run: () => useShare.setState({ openError: null }) }]}
			/>
		</div>
	);
}

/** Shown above the comparison while the adapter in memory comes from a link. */
export function SharedNote() {
	const t = useT();
	const about = useShare((s) => s.opened?.about);
	if (about === undefined) return null;
	const { title, rows, steps, firstEvalLoss: first, lastEvalLoss: last } = about;
	return (
		<Notice role="note">
			<p>
				{t("share.opened")} {title !== "" && <strong>{title}</strong>}
			</p>
			{steps > 0 && (
				<p className="num">
					{t("share.facts", { rows, steps })}
					{first !== null && last !== null && ` · ${t("run.heldOutChange", { first: loss(first), last: loss(last) })}`}
				</p>
			)}
			<p className="help">{t("share.next")}</p>
		</Notice>
	);
}
