// What the engine found in the rows: counts, lengths, duplicates, warnings; or, if it rejected them, every invalid row and
// the ways to continue.

import { cx } from "class-variance-authority";
import type { DataInfo } from "../../../src/engine/api.ts";
import { useEngineText } from "../../i18n/engine-text.ts";
import { useT } from "../../i18n/index.ts";
import { count } from "../../lib/format.ts";
import { Button } from "../../ui/Button.tsx";
import { Collapsible } from "../../ui/Collapsible.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { isBusy, useRun } from "../run/store.ts";
import { describeRows } from "./actions.ts";
import { DataLengths } from "./DataLengths.tsx";
import { keepValidRows, openEditor, removeDuplicates } from "./row-actions.ts";
import { useData } from "./store.ts";

export function DataFound() {
	const t = useT();
	const said = useEngineText();
	const status = useData((s) => s.status);
	const info = useData((s) => s.info);
	const error = useData((s) => s.error);
	if (status === "failed" && error !== null) {
		return (
			<div className="grid gap-2">
				<ErrorNote error={error} actions={[{ label: "error.retry", run: () => void describeRows() }]} />
				<Problems />
			</div>
		);
	}
	if (status === "empty") return <p className="help min-h-33">{t("data.empty")}</p>;
	if (info === null) return <p className="help min-h-33">{t("data.reading")}</p>;
	const facts: [number, string][] = [
		[info.rows, t(info.kind === "preference" ? "data.pairs" : "data.rows", { n: info.rows })],
		[info.tokens, t("data.tokens", { n: info.tokens })],
		[info.trainedTokens, t("data.trained")],
		[info.heldOutRows, t("data.heldOutCount")],
	];
	return (
		<div // Old figures while new ones are read: greyer, and still to be read. With the bars of the lengths its height is this.
			className={cx("grid min-h-33 content-start gap-2", status === "reading" && "[&_.num]:text-muted-foreground")}
		>
			<ul className="counts flex flex-wrap gap-x-3 text-sm text-muted-foreground">
				{facts.map(([n, label]) => (
					<li key={label}>
						<span className="num text-foreground">{count(n)}</span> {label}
					</li>
				))}
			</ul>
			{info.truncatedRows > 0 && <p className="help">{t("data.truncated", { n: count(info.truncatedRows) })}</p>}
			{info.skippedRows > 0 && <p className="help">{t("data.skipped", { n: count(info.skippedRows) })}</p>}
			<Repeats info={info} />
			{info.warnings.length > 0 && (
				<Collapsible line={t("data.warnings", { n: info.warnings.length })}>
					<ul className="grid gap-1 text-xs">
						{info.warnings.map((warning) => (
							<li key={JSON.stringify(warning)}>{said(warning)}</li>
						))}
					</ul>
				</Collapsible>
			)}
			{info.kind !== "plain text" && <DataLengths lengths={info.lengths} />}
		</div>
	);
}

/** Number of groups of duplicates written out; the button removes all. */
const MOST_GROUPS = 4;
const MOST_PLACES = 5;

function Repeats({ info }: { info: DataInfo }) {
	const t = useT();
	const busy = useRun((s) => isBusy(s.state));
	const { duplicates, duplicateRows, leakedRows } = info;
	if (duplicates.length === 0) return null;
	const groups = duplicates
		.slice(0, MOST_GROUPS)
		.map((group) => {
			const places = group.slice(0, MOST_PLACES).map((place) => count(place + 1));
			return places.join(" = ") + (group.length > MOST_PLACES ? " = …" : "");
		})
		.join("; ");
	const values = { n: count(duplicateRows), groups };
	return (
		<div className="grid gap-1">
			<p className="help">
				{duplicates.length > MOST_GROUPS ? t("data.duplicatesMore", values) : t("data.duplicates", values)}{" "}
				<Button kind="link" disabled={busy} onClick={() => void removeDuplicates()}>
					{t("data.removeDuplicates")}
				</Button>
			</p>
			{leakedRows > 0 && <p className="help">{t("data.leaked", { n: count(leakedRows) })}</p>}
		</div>
	);
}

function Problems() {
	const t = useT();
	const said = useEngineText();
	const check = useData((s) => s.check);
	const source = useData((s) => s.source);
	if (check === null || source === null) return null;
	const { problems, badRows, goodRows, good, complete } = check;
	// A single problem is already stated in the note above, so only the buttons are shown.
	return (
		<div className="grid gap-2">
			{problems.length > 1 && (
				<>
					<h3>{t("data.problems", { n: count(badRows) })}</h3>
					<ol className="grid max-h-60 gap-1 overflow-y-auto text-xs wrap-anywhere [&_strong]:font-semibold">
						{problems.map(({ unit, number, what, next }, i) => (
							<li key={`${unit} ${number}`}>
								<strong>{t(`data.${unit}`, { n: number })}</strong> {withoutPlace(said(what))}
								{next !== undefined && next !== problems[i - 1]?.next && (
									<span className="text-muted-foreground"> → {said(next)}</span>
								)}
							</li>
						))}
						{badRows > problems.length && (
							<li className="text-muted-foreground">
								{t("data.problemsMore", { n: count(badRows - problems.length) })}
							</li>
						)}
					</ol>
				</>
			)}
			{!complete && <p className="help">{t("data.problemsEnd")}</p>}
			<div className="flex flex-wrap items-center gap-2">
				{good !== null && goodRows > 0 && (
					<Button onClick={() => void keepValidRows()}>{t("data.useGood", { n: count(goodRows) })}</Button>
				)}
				<Button onClick={() => void openEditor()}>{t("data.fixInEditor")}</Button>
			</div>
		</div>
	);
}

/** Removes a leading "line 5" from a message shown beside "Line 5". */
const withoutPlace = (what: string): string => what.replace(/^((line|row) \d+ |第 \d+ 行)/, "");
