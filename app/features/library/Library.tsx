// The Library tab: kept adapters as a table, to switch between over one base, ask together, or blend.
import { useId } from "react";
import type { RunRecord } from "../../../src/engine/api.ts";
import { formatBytes } from "../../../src/shared/format-bytes.ts";
import { methodsOf } from "../../../src/shared/setting-values.ts";
import { useT } from "../../i18n/index.ts";
import { dateTime, loss } from "../../lib/format.ts";
import { Button } from "../../ui/Button.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { FileButton } from "../../ui/FileButton.tsx";
import { Input } from "../../ui/Input.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { Table } from "../../ui/Table.tsx";
import { Merging } from "../merge/Merging.tsx";
import { useEngine } from "../model/store.ts";
import { RunDetails } from "../run/RunDetails.tsx";
import { changeRun, removeRun } from "../run/runs-actions.ts";
import { lastHeldOut, useRuns } from "../run/runs-store.ts";
import { isBusy, useRun } from "../run/store.ts";
import { UndoDelete } from "../run/UndoDelete.tsx";
import { useUi } from "../workspace/store.ts";
import { EXAMPLE_STEPS, importFolder, importInto, switchTo, trainExamples } from "./actions.ts";
import { LibraryTogether } from "./LibraryTogether.tsx";
import { libraryRows, useLibrary } from "./store.ts";

export function Library() {
	const t = useT();
	const error = useLibrary((s) => s.error);
	const available = useRuns((s) => s.available);
	return (
		<div className="grid gap-3">
			<Panel
				aria-label={t("library.title")}
				onDrop={(event) => {
					event.preventDefault();
					importDropped(event.dataTransfer);
				}}
			>
				<h2>{t("library.title")}</h2>
				<p className="help">{t("library.intro")}</p>
				{error !== null && (
					<ErrorNote
						error={error}
						actions={[{ label: "error.dismiss", run: () => useLibrary.setState({ error: null }) }]}
					/>
				)}
				{available === false ? <p className="help">{t("library.refused")}</p> : <Kept />}
			</Panel>
			<LibraryTogether />
			<Merging />
		</div>
	);
}

/** Dropped folders and zips are imported. */
function importDropped({ items, files }: DataTransfer): void {
	const entry = items[0]?.webkitGetAsEntry();
	if (entry?.isDirectory === true) void importFolder(entry as FileSystemDirectoryEntry);
	else if (files.length > 0) void importInto(titleOf(files[0].name), files[0]);
}

const titleOf = (file: string): string => file.replace(/\.(zip|gguf)$/i, "");

function Import() {
	const t = useT();
	const busy = useRun((s) => isBusy(s.state));
	const ready = useEngine((s) => s.phase === "ready");
	const working = useLibrary((s) => s.busy !== null);
	const off = busy || working || !ready;
	return (
		<div className="flex flex-wrap items-center gap-2">
			<FileButton
				label={t("library.importZip")}
				accept=".zip,.gguf,application/zip"
				disabled={off}
				onFiles={([file]) => void importInto(titleOf(file.name), file)}
			/>
			<FileButton
				label={t("library.importFolder")}
				folder
				disabled={off}
				onFiles={(files) =>
					void importInto(
						files[0].webkitRelativePath.split("/")[0],
						files.map((file) => ({ path: file.webkitRelativePath, blob: file })),
					)
				}
			/>
			<span className="help">{t("library.importHelp")}</span>
		</div>
	);
}

function Kept() {
	const t = useT();
	const id = useId();
	const records = useRuns((s) => s.records);
	const used = useRuns((s) => s.usedBytes);
	const query = useLibrary((s) => s.query);
	const rows = libraryRows(records, query);
	const any = libraryRows(records, "").length > 0;
	return (
		<>
			{any && (
				<>
					<label className="sr-only" htmlFor={id}>
						{t("library.search")}
					</label>
					<Input
						id={id}
						type="search"
						className="mt-3 w-full"
						placeholder={t("library.search")}
						value={query}
						onChange={(event) => useLibrary.setState({ query: event.target.value })}
					/>
				</>
			)}
			{!any && <p className="help">{t("library.empty")}</p>}
			{any && rows.length === 0 && <p className="help">{t("library.none")}</p>}
			<UndoDelete />
			{rows.length > 0 && <Adapters rows={rows} />}
			<Switched />
			{any && <p className="help num">{t("runs.used", { size: formatBytes(used) })}</p>}
			<Import />
			<Examples />
		</>
	);
}

function Adapters({ rows }: { rows: readonly RunRecord[] }) {
	const t = useT();
	return (
		<Table>
			<thead>
				<tr>
					<td />
					<th scope="col">{t("library.col.name")}</th>
					<th scope="col">{t("library.col.method")}</th>
					<th scope="col">{t("library.col.data")}</th>
					<th scope="col">{t("library.col.loss")}</th>
					<th scope="col">{t("library.col.size")}</th>
					<th scope="col">{t("library.col.when")}</th>
					<td />
				</tr>
			</thead>
			<tbody>
				{rows.map((run) => (
					<Row key={run.id} run={run} />
				))}
			</tbody>
		</Table>
	);
}

function Row({ run }: { run: RunRecord }) {
	const t = useT();
	const lang = useUi((s) => s.lang);
	const base = useEngine((s) => s.model?.name);
	const busy = useRun((s) => isBusy(s.state));
	const working = useLibrary((s) => s.busy !== null);
	const chosen = useLibrary((s) => s.chosen.includes(run.id));
	const inUse = useLibrary((s) => s.inUse === run.id);
	const opened = useLibrary((s) => s.opened === run.id);
	const { id, name, tags, data, settings, summary, model, kept } = run;
	const foreign = base !== undefined && model.name !== base;
	const heldOut = lastHeldOut(run);
	const choose = (on: boolean) =>
		useLibrary.setState(({ chosen: before }) => ({
			chosen: on ? [...before, id] : before.filter((other) => other !== id),
		}));
	return (
		<>
			<tr>
				<td>
					<Input
						type="checkbox"
						aria-label={t("library.choose", { name })}
						checked={chosen}
						disabled={foreign || busy}
						onChange={(event) => choose(event.target.checked)}
					/>
				</td>
				<th scope="row">
					{name} {tags.length > 0 && <span className="text-muted-foreground">{tags.join(", ")}</span>}{" "}
					{inUse && <span className="help">{t("library.inUse")}</span>}
					{foreign && <span className="help">{t("library.otherBase", { base: model.name })}</span>}
				</th>
				<td>
					{methodsOf(settings).join("+")}{" "}
					{methodsOf(settings).includes("lora") && <span className="num">r {settings.r}</span>}
				</td>
				<td>{kept === undefined ? data.name : t(`library.from.${kept.from}`)}</td>
				<td className="num">{heldOut === null ? "—" : loss(heldOut)}</td>
				<td className="num">
					{kept !== undefined ? formatBytes(kept.bytes) : summary === null ? "—" : formatBytes(summary.adapterBytes)}
				</td>
				<td className="num">{dateTime(run.created, lang)}</td>
				<td className="whitespace-nowrap *:not-first:ml-1">
					<Button
						disabled={foreign || busy || working}
						aria-label={t("library.useOf", { name })}
						onClick={() => void switchTo(id)}
					>
						{t("library.use")}
					</Button>
					<Button
						kind="quiet"
						aria-expanded={opened}
						aria-label={t("library.editOf", { name })}
						onClick={() => useLibrary.setState({ opened: opened ? null : id })}
					>
						{t("library.edit")}
					</Button>
					<Button
						kind="quiet"
						disabled={busy}
						aria-label={t("library.deleteOf", { name })}
						onClick={() => {
							choose(false);
							void removeRun(run);
						}}
					>
						{t("runs.delete")}
					</Button>
				</td>
			</tr>
			{opened && (
				<tr>
					<td colSpan={8}>
						<RunDetails run={run} onChange={(patch) => void changeRun(id, patch)} />
					</td>
				</tr>
			)}
		</>
	);
}

function Switched() {
	const t = useT();
	const switched = useLibrary((s) => s.switched);
	return (
		<p className="help num" aria-live="polite">
			{switched === null ? "" : t("library.switched", { ms: switched.toFixed(0) })}
		</p>
	);
}

function Examples() {
	const t = useT();
	const busy = useRun((s) => isBusy(s.state));
	const working = useLibrary((s) => s.busy);
	const demo = useEngine((s) => s.phase === "ready" && s.source.kind === "demo");
	if (!demo) return null;
	return (
		<div className="flex flex-wrap items-center gap-2">
			<Button disabled={busy || working !== null} onClick={() => void trainExamples()}>
				{t("library.examples")}
			</Button>
			<span className="help">
				{working === "examples" ? t("library.training") : t("library.examplesHelp", { steps: EXAMPLE_STEPS })}
			</span>
		</div>
	);
}
