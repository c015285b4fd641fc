// The rows to learn from: a gallery set, a paste, or a file; what was found in them; the rows themselves.

import { useId, useState } from "react";
import { chooseSet, describeRows, takeFile, takePaste } from "../actions/data.ts";
import { useT } from "../i18n/index.ts";
import { count } from "../lib/format.ts";
import { useData } from "../stores/data.ts";
import { isBusy, useRun } from "../stores/run.ts";
import { useUi } from "../stores/ui.ts";
import { Button } from "../ui/Button.tsx";
import { ErrorNote } from "../ui/ErrorNote.tsx";
import { FileButton } from "../ui/FileButton.tsx";
import { NumberField } from "../ui/NumberField.tsx";
import { DataPreview } from "./DataPreview.tsx";

export function DataPanel() {
	const t = useT();
	const busy = useRun((s) => isBusy(s.state));
	const heldOut = useData((s) => s.heldOut);
	return (
		<section className="panel" aria-label={t("data.title")}>
			<h2>{t("data.title")}</h2>
			<fieldset className="bare" disabled={busy}>
				<Gallery />
				<Paste />
				<div className="row">
					<FileButton
						label={t("data.addFile")}
						accept=".jsonl,.ndjson,.json,.csv,.txt"
						disabled={busy}
						onFiles={([file]) => void takeFile(file)}
					/>
					<span className="help">{t("data.fileHint")}</span>
				</div>
			</fieldset>
			<fieldset className="bare" disabled={busy}>
				<NumberField
					label={t("data.heldOut")}
					help={t("data.heldOutHelp")}
					value={Math.round(heldOut * 100)}
					min={0}
					max={50}
					step={5}
					unit="%"
					onChange={(percent) => useData.setState({ heldOut: percent / 100 })}
				/>
			</fieldset>
			<Found />
			<DataPreview />
		</section>
	);
}

function Gallery() {
	const t = useT();
	const lang = useUi((s) => s.lang);
	const gallery = useData((s) => s.gallery);
	const failed = useData((s) => s.galleryFailed);
	const chosen = useData((s) => (s.origin?.kind === "gallery" ? s.origin.id : null));
	if (failed) return <p className="help">{t("data.galleryFailed")}</p>;
	const set = gallery.find((s) => s.id === chosen);
	return (
		<div className="gallery">
			<fieldset className="segments wrap">
				<legend className="visually-hidden">{t("data.gallery")}</legend>
				{gallery.map((entry) => (
					<button key={entry.id} type="button" aria-pressed={entry.id === chosen} onClick={() => void chooseSet(entry)}>
						{entry.title[lang]}
					</button>
				))}
			</fieldset>
			{set !== undefined && <p className="help">{set.description[lang]}</p>}
		</div>
	);
}

function Paste() {
	const t = useT();
	const id = useId();
	const [text, setText] = useState("");
	const paste = useData((s) => s.paste);
	return (
		<details className="fold">
			<summary>{t("data.paste")}</summary>
			<label htmlFor={id} className="visually-hidden">
				{t("data.pasteLabel")}
			</label>
			<textarea
				id={id}
				rows={5}
				spellCheck={false}
				value={text}
				aria-describedby={`${id}-hint`}
				onChange={(event) => setText(event.target.value)}
			/>
			<p id={`${id}-hint`} className="help">
				{t("data.pasteHint")}
			</p>
			<Button disabled={text.trim() === ""} onClick={() => void takePaste(text)}>
				{t("data.pasteUse")}
			</Button>
			{paste !== null && (
				<p className="help">
					{paste.kind === "table" || paste.kind === "json"
						? t(`data.pastedAs.${paste.kind}`, { n: count(paste.rows ?? 0) })
						: t(`data.pastedAs.${paste.kind}`)}{" "}
					{paste.skippedLines.length > 0 && t("data.pasteSkipped", { lines: listed(paste.skippedLines) })}{" "}
					{paste.extraColumns && t("data.pasteExtra")}
				</p>
			)}
		</details>
	);
}

/** 3, 7, 12 … : the first few line numbers are enough to find the fault. */
const listed = (lines: number[]): string => lines.slice(0, 8).join(", ") + (lines.length > 8 ? " …" : "");

function Found() {
	const t = useT();
	const status = useData((s) => s.status);
	const info = useData((s) => s.info);
	const error = useData((s) => s.error);
	if (status === "failed" && error !== null) {
		return <ErrorNote error={error} actions={[{ label: "error.retry", run: () => void describeRows() }]} />;
	}
	if (status === "empty") return <p className="help">{t("data.empty")}</p>;
	if (info === null) return <p className="help found">{t("data.reading")}</p>;
	const facts: [number, string][] = [
		[info.rows, t("data.rows")],
		[info.tokens, t("data.tokens")],
		[info.trainedTokens, t("data.trained")],
		[info.heldOutRows, t("data.heldOutCount")],
	];
	return (
		<div className={status === "reading" ? "found stale" : "found"}>
			<ul className="counts">
				{facts.map(([n, label]) => (
					<li key={label}>
						<span className="num">{count(n)}</span> {label}
					</li>
				))}
			</ul>
			{info.truncatedRows > 0 && <p className="help">{t("data.truncated", { n: info.truncatedRows })}</p>}
			{info.skippedRows > 0 && <p className="help">{t("data.skipped", { n: info.skippedRows })}</p>}
			{info.warnings.length > 0 && (
				<details className="fold">
					<summary>{t("data.warnings", { n: info.warnings.length })}</summary>
					<ul className="notes">
						{info.warnings.map((warning) => (
							<li key={warning}>{warning}</li>
						))}
					</ul>
				</details>
			)}
		</div>
	);
}
