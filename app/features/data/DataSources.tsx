// Ways to bring own rows: paste, file, editor. Below: how they were read and whether they are stored on this device.

import { useId, useState } from "react";
import { useT } from "../../i18n/index.ts";
import { bytes, count } from "../../lib/format.ts";
import { Button } from "../../ui/Button.tsx";
import { Collapsible } from "../../ui/Collapsible.tsx";
import { FileButton } from "../../ui/FileButton.tsx";
import { Textarea } from "../../ui/Input.tsx";
import { forgetOwn } from "./actions.ts";
import { askAgain, takeFile, takePaste } from "./data-files.ts";
import { columnNames, type LeftOut } from "./mapping.ts";
import { LARGEST_EDITED, openEditor } from "./row-actions.ts";
import { useData } from "./store.ts";

export function DataSources() {
	const t = useT();
	const size = useData((s) => s.source?.blob.size ?? null);
	const tooLarge = size !== null && size > LARGEST_EDITED;
	return (
		<div className="grid gap-2">
			<Paste />
			<div className="flex flex-wrap items-center gap-2">
				<FileButton
					label={t("data.addFile")}
					accept=".jsonl,.ndjson,.json,.csv,.tsv,.tab,.txt,.md,.parquet,text/*"
					onFiles={([file]) => void takeFile(file)}
				/>
				<Button disabled={size === null || tooLarge} onClick={() => void openEditor()}>
					{t("data.edit")}
				</Button>
			</div>
			<p className="help">{tooLarge ? t("data.edit.tooLarge", { size: bytes(size) }) : t("data.fileHint")}</p>
			<ReadAs />
			<Kept />
		</div>
	);
}

function Paste() {
	const t = useT();
	const id = useId();
	const [text, setText] = useState("");
	const paste = useData((s) => s.paste);
	return (
		<Collapsible line={t("data.paste")}>
			<label htmlFor={id} className="sr-only">
				{t("data.pasteLabel")}
			</label>
			<Textarea
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
		</Collapsible>
	);
}

/** "3, 7, 12 …": the first few line numbers are enough to find the problem. */
const listed = (lines: number[]): string => lines.slice(0, 8).join(", ") + (lines.length > 8 ? " …" : "");

/** Which columns the rows came from, and the rows that lack one. */
function ReadAs() {
	const t = useT();
	const mapped = useData((s) => s.mapped);
	if (mapped === null) return null;
	const { table, mapping, leftOut } = mapped;
	const names = columnNames(table, mapping.header, (n) => t("data.map.column", { n }));
	return (
		<div className="grid gap-1">
			<p className="help">
				{mapping.kind === "pair"
					? t("data.mapped.pair", { prompt: names[mapping.prompt], answer: names[mapping.answer] })
					: t("data.mapped.text", { text: names[mapping.text] })}{" "}
				<Button kind="link" onClick={askAgain}>
					{t("data.mapChange")}
				</Button>
			</p>
			{leftOut.length > 0 && <LeftOutRows rows={leftOut} />}
		</div>
	);
}

const MOST_TOLD = 20;

function LeftOutRows({ rows }: { rows: LeftOut[] }) {
	const t = useT();
	return (
		<div>
			<p className="help">{t("data.leftOut")}</p>
			<ul className="grid max-h-60 gap-1 overflow-y-auto text-xs wrap-anywhere">
				{rows.slice(0, MOST_TOLD).map(({ unit, number, fault }) => (
					<li key={number}>
						{t(`data.${unit}`, { n: number })}: {t(`data.fault.${fault}`)}
					</li>
				))}
				{rows.length > MOST_TOLD && <li>{t("data.problemsMore", { n: count(rows.length - MOST_TOLD) })}</li>}
			</ul>
		</div>
	);
}

function Kept() {
	const t = useT();
	const own = useData((s) => s.origin !== null && s.origin.kind !== "gallery" && s.source !== null);
	const name = useData((s) => s.source?.name);
	const kept = useData((s) => s.kept);
	const unkept = useData((s) => s.unkept);
	if (!own) return null;
	if (unkept !== null) return <p className="help">{t(`data.unkept.${unkept}`)}</p>;
	if (kept === null || kept.name !== name) return null;
	return (
		<p className="help">
			{t("data.kept", { name: kept.name, size: bytes(kept.bytes) })}{" "}
			<Button kind="link" onClick={forgetOwn}>
				{t("data.keptForget")}
			</Button>
		</p>
	);
}
