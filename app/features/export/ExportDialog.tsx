// Files for other programs: what each program gets, the commands to run there, and the reason if it cannot load the adapter.
// Loaded when it is opened.

import { useId, useState } from "react";
import type { EngineApi, ErrorInfo, ExportedFile, ExportRequest } from "../../../src/engine/api.ts";
import { formatBytes } from "../../../src/shared/format-bytes.ts";
import { GGUF_DTYPES, type GgufDType } from "../../../src/shared/gguf-dtypes.ts";
import { toErrorInfo } from "../../engine.ts";
import { useT } from "../../i18n/index.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { Select } from "../../ui/Input.tsx";
import { useData } from "../data/store.ts";
import { useEngine } from "../model/store.ts";
import { runInMemory, useRunInMemory } from "../run/run-list.ts";
import { useRun } from "../run/store.ts";
import { useSettings } from "../settings/store.ts";
import { adapterName, baseName, save, shellWord } from "./actions.ts";
import { exportTexts } from "./dialog-texts.ts";
import { PROGRAMS, type Program, type TargetProgram } from "./programs.ts";

/** One program: its file and its commands. */
export function TargetDialog({ program, onClose }: { program: TargetProgram; onClose(): void }) {
	const w = useT(exportTexts);
	return (
		<Dialog open onClose={onClose} size="wide" title={w(program.word)} description={w("targetIntro")}>
			<ProgramFile program={program} alone />
		</Dialog>
	);
}

export function ExportDialog({ onClose }: { onClose(): void }) {
	const w = useT(exportTexts);
	return (
		<Dialog open onClose={onClose} size="wide" title={w("title")} description={w("intro")}>
			<div className="grid gap-4">
				{PROGRAMS.map((program) => (
					<ProgramFile key={program.word} program={program} />
				))}
			</div>
		</Dialog>
	);
}

interface ProgramProps {
	program: Program;
	/** The dialog has its name as title. */
	alone?: boolean;
}

function ProgramFile({ program: { target, word, commands, base: kind = "folder" }, alone = false }: ProgramProps) {
	const w = useT(exportTexts);
	const id = useId();
	const base = useEngine((s) => shellWord(baseName(s, kind)));
	const chat = useEngine((s) => s.model?.hasChatTemplate === true);
	const run = useRunInMemory();
	const noData = useData((s) => s.source === null || s.status !== "ready") && run === null;
	const [dtype, setDtype] = useState<GgufDType>("q8_0");
	const [said, setSaid] = useState("");
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<ErrorInfo | null>(null);
	const [option, setOption] = useState("");
	const name = `${adapterName()}-${FILE_WORDS[target] ?? word}`; // letters, digits and hyphens
	const missing = target === "export-trl" && noData;
	const download = async () => {
		const { api } = useEngine.getState();
		if (api === null) return;
		setBusy(true);
		setError(null);
		setSaid(w("making"));
		const onProgress = (done: number, total: number) =>
			setSaid(w("makingOf", { done: formatBytes(done), total: formatBytes(total) }));
		try {
			const made = await exported(api, target, dtype, onProgress);
			if (made === null) return;
			save(made.blob, name + made.ending);
			setOption(made.option === null ? "" : ` ${made.option}`);
			setSaid(w("saved", { name: name + made.ending, size: formatBytes(made.blob.size) }));
		} catch (thrown) {
			setSaid("");
			setError(toErrorInfo(thrown));
		} finally {
			setBusy(false);
		}
	};
	return (
		<section aria-labelledby={id} className="grid gap-1">
			<h3 id={id} className={alone ? "sr-only" : undefined}>
				{w(word)}
			</h3>
			<p className="help">
				{target !== "export-trl"
					? w(`${word}Help`)
					: run === null
						? w("trlHelp")
						: w("trlRun", { run: run.name, rows: run.data.rows + run.data.heldOutRows })}
			</p>
			<div className="flex flex-wrap items-center gap-2">
				{(target === "merged-gguf" || target === "ollama") && (
					<label title={w("dtypeHelp")}>
						{w(target === "ollama" ? "ollamaDtype" : "dtype")}{" "}
						<Select value={dtype} onChange={(event) => setDtype(event.target.value as GgufDType)}>
							{GGUF_DTYPES.map((one) => (
								<option key={one}>{one}</option>
							))}
						</Select>
					</label>
				)}
				<Button
					disabled={busy || missing}
					aria-label={`${w(word)}: ${w(target === "vllm" ? "check" : "download")}`}
					onClick={() => void download()}
				>
					{w(target === "vllm" ? "check" : "download")}
				</Button>
				<span className="help" aria-live="polite">
					{missing ? w("noData") : said}
				</span>
			</div>
			{error !== null && <ErrorNote error={error} />}
			<Commands lines={commands(name, base, option, chat)} />
		</section>
	);
}

function Commands({ lines }: { lines: readonly string[] }) {
	const t = useT();
	const [copied, setCopied] = useState(false);
	const text = lines.join("\n");
	return (
		<div className="grid gap-1">
			<pre translate="no" className="max-h-none rounded-lg bg-muted p-3 select-all">
				{text}
			</pre>
			<Button
				kind="quiet"
				className="justify-self-start"
				onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
			>
				{t(copied ? "error.copied" : "error.copy")}
			</Button>
		</div>
	);
}

type Target = Program["target"];

/** Words in the names of files that several programs read. */
const FILE_WORDS: Partial<Record<Target, string>> = { "merged-gguf": "merged", merged: "merged" };

/** The file for a program; null if there is nothing to make it from. */
async function exported(
	api: EngineApi,
	target: Target,
	dtype: GgufDType,
	onProgress: (done: number, total: number) => void,
): Promise<ExportedFile | null> {
	if (target === "merged") return { blob: await api.exportMerged(onProgress), ending: ".zip", option: null };
	if (target === "merged-gguf" || target === "ollama") return api.exportFor({ target, dtype }, onProgress);
	if (target !== "export-trl") return api.exportFor({ target }, onProgress);
	const run = await rowsOfRun(api);
	return run === null ? null : api.exportFor({ target, ...run }, onProgress);
}

/** Rows and settings of the run whose adapter is in memory; without such a run, those of the workspace. */
async function rowsOfRun(
	api: EngineApi,
): Promise<Omit<Extract<ExportRequest, { target: "export-trl" }>, "target"> | null> {
	const run = runInMemory();
	if (run !== null) return { data: await api.runData(run.id), heldOut: run.heldOut, settings: run.settings };
	const { rows, opened } = useRun.getState();
	const trained = useEngine.getState().adapter?.training;
	// A run that this browser could not store.
	if (trained != null && rows !== null && opened === null && rows.data.name === trained.data.name)
		return { data: rows.data, heldOut: rows.heldOut, settings: trained.settings };
	const { source, heldOut } = useData.getState();
	return source === null ? null : { data: source, heldOut, settings: useSettings.getState().settings };
}
