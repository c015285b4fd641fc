// The person's own rows: pasted, from a file, or edited; how they were read, and whether they are stored on this device.

import { useId, useState } from "react";
import type { DataInfo } from "../../../src/engine/api.ts";
import { columnNames } from "../../../src/shared/data-shapes.ts";
import { formatBytes } from "../../../src/shared/format-bytes.ts";
import { useT } from "../../i18n/index.ts";
import { count } from "../../lib/format.ts";
import { Button } from "../../ui/Button.tsx";
import { Collapsible } from "../../ui/Collapsible.tsx";
import { FileButton } from "../../ui/FileButton.tsx";
import { Textarea } from "../../ui/Input.tsx";
import { lazyView } from "../../ui/lazy-view.tsx";
import { forgetOwnRows } from "./actions.ts";
import { askAgain, loadDataFiles, loadPaste } from "./data-files.ts";
import { isEditable, openEditor } from "./row-actions.ts";
import { useData } from "./store.ts";

const DataNotices = lazyView(
	async () => (await import("./DataNotices.tsx")).DataNotices,
	() => null,
);

export function DataSources() {
	const t = useT();
	const size = useData((s) => s.source?.blob.size ?? null);
	const noticed = useData((s) => s.replaced.length > 0 || s.refused !== null || s.settingsFile !== null);
	const tooLarge = useData((s) => s.source !== null && !isEditable(s.source));
	return (
		<div className="grid gap-2">
			<Paste />
			<div className="flex flex-wrap items-center gap-2">
				<FileButton
					label={t("data.addFile")}
					accept=".jsonl,.ndjson,.json,.csv,.tsv,.tab,.txt,.md,.parquet,text/*"
					multiple
					onFiles={(files) => void loadDataFiles(files)}
				/>
				<Button disabled={size === null || tooLarge} onClick={() => void openEditor()}>
					{t("data.edit")}
				</Button>
			</div>
			<p className="help">
				{tooLarge && size !== null ? t("data.edit.tooLarge", { size: formatBytes(size) }) : t("data.fileHint")}
			</p>
			{noticed && <DataNotices />}
			<ReadAs />
			<Kept />
		</div>
	);
}

function Paste() {
	const t = useT();
	const id = useId();
	const [text, setText] = useState("");
	const [used, setUsed] = useState("");
	const paste = useData((s) => s.paste);
	const rows = useData((s) => (s.info === null ? null : s.info.rows + s.info.heldOutRows + s.info.skippedRows));
	return (
		<Collapsible line={t("data.paste")}>
			<label htmlFor={id} className="sr-only">
				{t("data.pasteLabel")}
			</label>
			<Textarea
				id={id}
				rows={5}
				spellCheck={false}
				dir="auto"
				value={text}
				aria-describedby={`${id}-hint`}
				onChange={(event) => setText(event.target.value)}
			/>
			<p id={`${id}-hint`} className="help">
				{t("data.pasteHint")}
			</p>
			<Button
				disabled={text.trim() === ""}
				onClick={() => {
					setUsed(text);
					void loadPaste(text);
				}}
			>
				{t("data.pasteUse")}
			</Button>
			{paste !== null && text === used && (
				<p className="help">
					{paste.kind === "table"
						? rows !== null && t("data.pastedAs.table", { n: count(rows) })
						: t(`data.pastedAs.${paste.kind}`)}{" "}
					{paste.skippedLines.length > 0 && t("data.pasteSkipped", { lines: listed(paste.skippedLines) })}
				</p>
			)}
		</Collapsible>
	);
}

/** The first few line numbers: "3, 7, 12 …". */
const listed = (lines: readonly number[]): string => lines.slice(0, 8).join(", ") + (lines.length > 8 ? " …" : "");

/** The columns that the rows were read from, and the records without a row. */
function ReadAs() {
	const t = useT();
	const columns = useData((s) => s.columns);
	const mapping = useData((s) => s.source?.mapping);
	const unmapped = useData((s) => s.info?.unmapped);
	if (columns === null || mapping === undefined) return null;
	const names = columnNames(columns, mapping.header, (n) => t("data.map.column", { n }));
	return (
		<div className="grid gap-1">
			<p className="help wrap-anywhere">
				{mapping.kind === "pair"
					? t("data.mapped.pair", { prompt: names[mapping.prompt], answer: names[mapping.answer] })
					: t("data.mapped.text", { text: names[mapping.text] })}{" "}
				<Button kind="link" onClick={askAgain}>
					{t("data.mapChange")}
				</Button>
			</p>
			{unmapped !== undefined && unmapped.count > 0 && <UnmappedRecords {...unmapped} />}
		</div>
	);
}

function UnmappedRecords({ count: all, first }: DataInfo["unmapped"]) {
	const t = useT();
	return (
		<div>
			<p className="help">{t("data.leftOut")}</p>
			<ul className="grid max-h-60 gap-1 overflow-y-auto text-xs wrap-anywhere">
				{first.map(({ unit, number, fault }) => (
					<li key={number}>
						{t(`data.${unit}`, { n: number })}: {t(`data.fault.${fault}`)}
					</li>
				))}
				{all > first.length && <li>{t("data.problemsMore", { n: count(all - first.length) })}</li>}
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
	if (unkept !== null) return <p className="help wrap-anywhere">{t(`data.unkept.${unkept}`)}</p>;
	if (kept === null || kept.name !== name) return null;
	return (
		<p className="help wrap-anywhere">
			{t("data.kept", { name: kept.name, size: formatBytes(kept.bytes) })}{" "}
			<Button kind="link" onClick={forgetOwnRows}>
				{t("data.keptForget")}
			</Button>
		</p>
	);
}
