// Exports and imports the adapter: PEFT zip, merged model, run.json, Python code.

import type { NamedFile, RunSettings } from "../../../src/engine/api.ts";
import { formatBytes } from "../../../src/shared/format-bytes.ts";
import { pythonLiteral } from "../../../src/shared/python-literal.ts";
import { toErrorInfo } from "../../engine.ts";
import { translator } from "../../i18n/index.ts";
import { templateVariables } from "../compare/actions.ts";
import { EMPTY_ANSWER, useCompare } from "../compare/store.ts";
import { type EngineState, setAdapter, useEngine } from "../model/store.ts";
import { useSettings } from "../settings/store.ts";
import { useUi } from "../workspace/store.ts";
import { useShare } from "./share-store.ts";

/** Named after the training data: "tabtune-pirate-r8", "tabtune-pirate-prompt-20". */
export function adapterName(): string {
	const { adapter } = useEngine.getState();
	const data = (adapter?.training?.data.name ?? useShare.getState().opened?.about.title ?? adapter?.name ?? "adapter")
		.replace(/\.\w+$/, "")
		.replace(/[^\p{L}\p{N}]+/gu, "-");
	return `tabtune-${data}-${adapter?.r === null ? adapter.name : `r${adapter?.r ?? 0}`}`;
}

/** Saves a file through the browser's download. */
export function save(blob: Blob, name: string): void {
	const url = URL.createObjectURL(blob);
	const link = document.createElement("a");
	link.href = url;
	link.download = name;
	link.click();
	// The download holds the blob by now; keeping the URL would keep the memory.
	setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export async function downloadAdapter(): Promise<void> {
	const { api, adapter } = useEngine.getState();
	if (api === null || adapter === null) return;
	try {
		save(await api.exportAdapter(), `${adapterName()}.zip`);
	} catch (error) {
		useCompare.setState({ error: toErrorInfo(error) });
	}
}

/** Base and adapter merged into one Hugging Face folder. */
export async function downloadMerged(): Promise<void> {
	const { api, adapter } = useEngine.getState();
	if (api === null || adapter === null) return;
	const t = translator(useUi.getState().lang);
	try {
		const onProgress = (done: number, total: number) =>
			useCompare.setState({ imported: t("export.merging", { done: formatBytes(done), total: formatBytes(total) }) });
		const zip = await api.exportMerged(onProgress);
		save(zip, `${adapterName()}-merged.zip`);
		useCompare.setState({ imported: t("export.merged", { size: formatBytes(zip.size) }) });
	} catch (error) {
		useCompare.setState({ imported: null, error: toErrorInfo(error) });
	}
}

/** Saves the settings that trained the adapter in memory, or those of the next run, in the format of `tabtune train --config`. */
export function downloadRunJson(): void {
	const settings: RunSettings = useEngine.getState().adapter?.training?.settings ?? useSettings.getState().settings;
	save(new Blob([`${JSON.stringify(settings, null, 2)}\n`], { type: "application/json" }), "run.json");
}

/** The folder of the bundled base in TabTune's repository, which no hub has. */
const BUNDLED = "public/base-model";

/** How other programs name the loaded base: the id on the Hub without its revision, the folder, or the GGUF file. */
export function baseName({ model, source }: Pick<EngineState, "model" | "source">, kind: "folder" | "gguf"): string {
	const file = source.kind === "files" ? source.files.find(({ path }) => /\.gguf$/i.test(path))?.path : undefined;
	const name = source.kind === "demo" ? BUNDLED : (model?.name ?? "").replace(/^([\w.-]+\/[\w.-]+)@.*$/, "$1");
	return kind === "gguf" ? (file ?? `${name.split("/").at(-1)}.gguf`) : name;
}

/** A word of a shell command. */
export const shellWord = (word: string): string =>
	/^[\w./@:-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** Python code that loads the unpacked zip. */
export function pythonLines(base: string): string {
	const { adapter, base: loaded } = useEngine.getState();
	const tokens = adapter?.model?.vocab_size;
	// PEFT loads the rows of new tokens into a model that has them.
	const resize =
		tokens === undefined || tokens === loaded?.vocab_size ? "" : `\nmodel.resize_token_embeddings(${tokens})`;
	return `from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

base = ${JSON.stringify(base)}
tokenizer = AutoTokenizer.from_pretrained(base)
model = AutoModelForCausalLM.from_pretrained(base)${resize}
model = PeftModel.from_pretrained(model, ${JSON.stringify(adapterName())})

chat = [{"role": "user", "content": ${JSON.stringify(useCompare.getState().prompt || "Hello")}}]
inputs = tokenizer.apply_chat_template(chat, add_generation_prompt=True${templateArguments()}, return_tensors="pt", return_dict=True)
print(tokenizer.decode(model.generate(**inputs, max_new_tokens=96)[0]))`;
}

/** The variables of the chat template as Python arguments: `, **{"enable_thinking": False}`. */
function templateArguments(): string {
	const variables = templateVariables();
	return Object.keys(variables).length === 0 ? "" : `, **${pythonLiteral(variables)}`;
}

/** @param source a zip, a LoRA GGUF file, or the files of a folder */
export async function importAdapter(source: Blob | NamedFile[]): Promise<void> {
	const { api } = useEngine.getState();
	if (api === null) return;
	useCompare.setState({ error: null, imported: null });
	try {
		const adapter = await api.importAdapter(source);
		setAdapter(adapter);
		const t = translator(useUi.getState().lang);
		const { name, modules, adapterBytes } = adapter;
		const file = source instanceof File ? source.name : name;
		const size = formatBytes(adapterBytes);
		useCompare.setState({
			tuned: EMPTY_ANSWER,
			imported:
				modules === 0 && name === "full"
					? t("compare.importedModel", { name: file, size })
					: t("compare.imported", { name: file, modules, size }),
		});
	} catch (error) {
		useCompare.setState({ error: toErrorInfo(error) });
	}
}
