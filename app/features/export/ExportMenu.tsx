// The menu of other files: merged model, stand-alone file, run.json, Python code, files for other programs. Loaded with the
// first adapter, because menus and dialogs are a tenth of the page's code.

import { useState } from "react";
import { formatBytes } from "../../../src/shared/format-bytes.ts";
import { useT } from "../../i18n/index.ts";
import { labelText } from "../../lib/command.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { lazyView } from "../../ui/lazy-view.tsx";
import { Menu, MenuItem } from "../../ui/Menu.tsx";
import { useEngine } from "../model/store.ts";
import { useUi } from "../workspace/store.ts";
import { baseName, pythonLines } from "./actions.ts";
import { mergedCommand, runJsonCommand, standAloneCommand } from "./commands.ts";
import { standAloneBytes } from "./stand-alone.ts";

const ExportDialog = lazyView(
	async () => (await import("./ExportDialog.tsx")).ExportDialog,
	() => null,
);

export function ExportMenu({ disabled }: { disabled: boolean }) {
	const t = useT();
	const lang = useUi((s) => s.lang);
	const adapter = useEngine((s) => s.adapter);
	const model = useEngine((s) => s.model);
	const base = useEngine((s) => baseName(s, "folder"));
	const [python, setPython] = useState(false);
	const [programs, setPrograms] = useState(false);
	const mergedBytes = model === null ? 0 : model.parameters * (model.dtype === "bfloat16" ? 2 : 4);
	const wholeBytes = standAloneBytes(model?.weightBytes ?? 0, adapter?.adapterBytes ?? 0);
	return (
		<>
			<Menu label={t("export.more")} disabled={disabled}>
				{(
					[
						[mergedCommand, formatBytes(mergedBytes)],
						[standAloneCommand, formatBytes(wholeBytes)],
						[runJsonCommand, t("export.runJson")],
					] as const
				).map(([{ id, label, perform }, aside]) => (
					<MenuItem key={id} aside={aside} onSelect={perform}>
						{labelText(label, t, lang)}
					</MenuItem>
				))}
				<MenuItem onSelect={() => setPython(true)}>{t("export.python")}</MenuItem>
				<MenuItem aside="llama.cpp, Ollama, MLX, vLLM, TRL" onSelect={() => setPrograms(true)}>
					{t("export.programs")}
				</MenuItem>
			</Menu>
			{programs && <ExportDialog onClose={() => setPrograms(false)} />}
			<PythonLines open={python} base={base} onClose={() => setPython(false)} />
		</>
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
