// The adapter in hand: what it is, and its ways out and in: PEFT's zip, a merged model, run.json, lines of Python, files for
// other programs.

import { lazy, Suspense, useRef, useState } from "react";
import { downloadAdapter, downloadMerged, downloadRunJson, importAdapter, pythonLines } from "../actions/adapter.ts";
import { downloadStandAlone, standAloneBytes } from "../actions/stand-alone.ts";
import { useT } from "../i18n/index.ts";
import { bytes } from "../lib/format.ts";
import { useCompare } from "../stores/compare.ts";
import { useEngine } from "../stores/engine.ts";
import { isBusy, useRun } from "../stores/run.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Menu, MenuItem } from "../ui/Menu.tsx";
import { ShareBar } from "./ShareBar.tsx";

const ExportDialog = lazy(async () => ({ default: (await import("../exports/ExportDialog.tsx")).ExportDialog }));

export function AdapterBar() {
	const t = useT();
	const adapter = useEngine((s) => s.adapter);
	const model = useEngine((s) => s.model);
	const ready = useEngine((s) => s.phase === "ready");
	const busy = useRun((s) => isBusy(s.state));
	const generating = useCompare((s) => s.generating);
	const said = useCompare((s) => s.imported);
	const [python, setPython] = useState(false);
	const [programs, setPrograms] = useState(false);
	const input = useRef<HTMLInputElement>(null);
	const mergedBytes = model === null ? 0 : model.parameters * (model.dtype === "bfloat16" ? 2 : 4);
	const wholeBytes = standAloneBytes(model?.weightBytes ?? 0, adapter?.adapterBytes ?? 0);
	return (
		<div className="flex flex-wrap items-center justify-between gap-2">
			<p className="help" aria-live="polite">
				{said ??
					(adapter === null
						? t("compare.adapterNone")
						: t("compare.adapterHas", { r: adapter.r, size: bytes(adapter.adapterBytes) }))}
			</p>
			<div className="flex flex-wrap items-center gap-2">
				<Button title={t("compare.zipHint")} disabled={adapter === null || busy} onClick={() => void downloadAdapter()}>
					{t("compare.download")}
				</Button>
				<Menu label={t("export.more")} disabled={adapter === null || busy}>
					<MenuItem aside={bytes(mergedBytes)} onSelect={() => void downloadMerged()}>
						{t("export.merge")}
					</MenuItem>
					<MenuItem aside={bytes(wholeBytes)} onSelect={() => void downloadStandAlone()}>
						{t("standalone.title")}
					</MenuItem>
					<MenuItem aside={t("export.runJson")} onSelect={downloadRunJson}>
						run.json
					</MenuItem>
					<MenuItem onSelect={() => setPython(true)}>{t("export.python")}</MenuItem>
					<MenuItem aside="llama.cpp, Ollama, MLX, vLLM, TRL" onSelect={() => setPrograms(true)}>
						{t("export.programs")}
					</MenuItem>
				</Menu>
				<Button
					title={t("compare.zipHint")}
					disabled={!ready || busy || generating}
					onClick={() => input.current?.click()}
				>
					{t("compare.import")}
				</Button>
				<input
					ref={input}
					type="file"
					accept=".zip,application/zip"
					aria-label={t("compare.importInput")}
					tabIndex={-1}
					hidden
					onChange={(event) => {
						const file = event.target.files?.[0];
						event.target.value = "";
						if (file !== undefined) void importAdapter(file);
					}}
				/>
			</div>
			<ShareBar />
			{programs && (
				<Suspense fallback={null}>
					<ExportDialog onClose={() => setPrograms(false)} />
				</Suspense>
			)}
			<PythonLines open={python} base={model?.name ?? ""} onClose={() => setPython(false)} />
		</div>
	);
}

function PythonLines({ open, base, onClose }: { open: boolean; base: string; onClose(): void }) {
	const t = useT();
	const [copied, setCopied] = useState(false);
	const lines = open ? pythonLines(base) : "";
	return (
		<Dialog
			open={open}
			onClose={onClose}
			size="wide"
			title={t("export.python")}
			description={t("export.pythonHelp", { base })}
			footer={
				<Button onClick={() => void navigator.clipboard.writeText(lines).then(() => setCopied(true))}>
					{t(copied ? "error.copied" : "error.copy")}
				</Button>
			}
		>
			<pre className="max-h-none rounded-lg bg-muted p-3 select-all">{lines}</pre>
		</Dialog>
	);
}
