// Files for other programs: what each program gets, the command to run there, and the reason if it cannot load the adapter.
// Loaded when it is opened.

import { useId, useState } from "react";
import type { ErrorInfo, ExportRequest } from "../../../src/engine/api.ts";
import { formatBytes } from "../../../src/shared/format-bytes.ts";
import { toErrorInfo } from "../../engine.ts";
import { useT } from "../../i18n/index.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { Select } from "../../ui/Input.tsx";
import { useData } from "../data/store.ts";
import { useEngine } from "../model/store.ts";
import { useSettings } from "../settings/store.ts";
import { adapterName, baseName, save, shellWord } from "./actions.ts";
import { exportTexts } from "./dialog-texts.ts";

type Target = ExportRequest["target"];
const DTYPES = ["q8_0", "float16", "bfloat16", "float32"] as const;
type DType = (typeof DTYPES)[number];

interface Program {
	readonly target: Target;
	readonly word: "merged" | "lora" | "mlx" | "ollama" | "vllm" | "trl";
	/** How the command names the base; a folder by default. */
	readonly base?: "folder" | "gguf";
	/** The command to run with the file (`name` has no extension), including options the program needs. */
	command(name: string, base: string, option: string): string;
}

const PROGRAMS: readonly Program[] = [
	{ target: "merged-gguf", word: "merged", command: (name) => `llama-cli -m ${name}.gguf` },
	{
		target: "lora-gguf",
		word: "lora",
		base: "gguf",
		command: (name, base) => `llama-cli -m ${base} --lora ${name}.gguf`,
	},
	{ target: "ollama", word: "ollama", command: () => "ollama create tuned -f Modelfile" },
	{ target: "mlx", word: "mlx", command: (name, base) => `mlx_lm.generate --model ${base} --adapter-path ${name}` },
	{
		target: "vllm",
		word: "vllm",
		command: (name, base, option) => `vllm serve ${base} --enable-lora${option} --lora-modules tuned=${name}`,
	},
	{
		target: "export-trl",
		word: "trl",
		command: () => "accelerate launch --config_file accelerate_config.yaml train.py",
	},
];

export function ExportDialog({ onClose }: { onClose(): void }) {
	const w = useT(exportTexts);
	return (
		<Dialog open onClose={onClose} size="wide" title={w("title")} description={w("intro")}>
			<div className="grid gap-4">
				{PROGRAMS.map((program) => (
					<ProgramFile key={program.target} program={program} />
				))}
			</div>
		</Dialog>
	);
}

function ProgramFile({ program: { target, word, command, base: kind = "folder" } }: { program: Program }) {
	const w = useT(exportTexts);
	const id = useId();
	const base = useEngine((s) => shellWord(baseName(s, kind)));
	const noData = useData((s) => s.source === null || s.status !== "ready");
	const [dtype, setDtype] = useState<DType>("q8_0");
	const [said, setSaid] = useState("");
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<ErrorInfo | null>(null);
	const [option, setOption] = useState("");
	const name = `${adapterName()}-${word}`; // letters, digits and hyphens
	const missing = target === "export-trl" && noData;
	const download = async () => {
		const { api } = useEngine.getState();
		const request = requestOf(target, dtype);
		if (api === null || request === null) return;
		setBusy(true);
		setError(null);
		setSaid(w("making"));
		try {
			const made = await api.exportFor(request, (done, total) =>
				setSaid(w("makingOf", { done: formatBytes(done), total: formatBytes(total) })),
			);
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
			<h3 id={id}>{w(word)}</h3>
			<p className="help">{w(`${word}Help`)}</p>
			<div className="flex flex-wrap items-center gap-2">
				{target === "merged-gguf" && (
					<label>
						{w("dtype")}{" "}
						<Select value={dtype} onChange={(event) => setDtype(event.target.value as DType)}>
							{DTYPES.map((one) => (
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
			<pre className="max-h-none rounded-lg bg-muted p-3 select-all">{command(name, base, option)}</pre>
		</section>
	);
}

function requestOf(target: Target, dtype: DType): ExportRequest | null {
	if (target === "merged-gguf") return { target, dtype };
	if (target !== "export-trl") return { target };
	const { source, heldOut } = useData.getState();
	return source === null ? null : { target, data: source, heldOut, settings: useSettings.getState().settings };
}
