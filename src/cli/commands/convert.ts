// The `convert` command: writes an adapter in the format of another program. Every file is written atomically.

import { join, resolve } from "node:path";
import type { Adapter } from "../../engine/adapters/adapter.ts";
import { exportAdapter } from "../../engine/adapters/adapter-files.ts";
import { loraGguf, mlxFiles } from "../../engine/adapters/consumers.ts";
import { vllmFiles } from "../../engine/adapters/vllm.ts";
import { ggufDType } from "../../engine/models/gguf/file-types.ts";
import type { LoadedModel } from "../../engine/models/load.ts";
import type { PeftFile } from "../../engine/peft/index.ts";
import { ollamaFiles } from "../../engine/train/ollama/ollama.ts";
import { GGUF_DTYPES } from "../../shared/gguf-dtypes.ts";
import { need, text } from "../args.ts";
import { cliError } from "../cli-error.ts";
import { exists, writeWhole } from "../node-files.ts";
import { openModelAndAdapter } from "../open.ts";
import { result, say } from "../output.ts";
import type { Command } from "./command.ts";

/** The files of each target, in the folder --output. GGUF is a single file, --output itself. */
const FOLDERS: Readonly<
	Record<string, (model: LoadedModel, adapter: Adapter) => readonly PeftFile[] | Promise<PeftFile[]>>
> = {
	peft: exportAdapter,
	mlx: mlxFiles,
	vllm(model, adapter) {
		const { files, option } = vllmFiles(model, adapter);
		say(`start vLLM with --enable-lora${option === null ? "" : ` ${option}`}`);
		return files;
	},
};

/** A path as one word of a POSIX shell. */
const shellWord = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

export const convertCommand: Command = {
	name: "convert",
	summary:
		"write an adapter for another program: --adapter DIR --model M --to peft|gguf|mlx|vllm|ollama --output PATH (a file for gguf, else a folder) [--output-dtype q4_k_m, of the merged model for ollama]",
	options: { model: "text", adapter: "text", to: "text", output: "text", dtype: "text", "output-dtype": "text" },
	acceptsSettings: false,
	async run(args) {
		const output = need(args, "output");
		const to = need(args, "to");
		need(args, "adapter");
		if (!["gguf", "ollama"].includes(to) && !Object.hasOwn(FOLDERS, to))
			throw cliError("usage", {
				what: `--to is "${to}"`,
				where: "tabtune convert",
				next: `use one of gguf, ${Object.keys(FOLDERS).join(", ")}, ollama`,
			});
		const asked = text(args, "output-dtype");
		const dtype = asked === undefined ? undefined : ggufDType(asked);
		if (asked !== undefined && (to !== "ollama" || dtype === undefined))
			throw cliError("usage", {
				what: to === "ollama" ? `--output-dtype is "${asked}"` : `--output-dtype does not apply to --to ${to}`,
				where: "tabtune convert",
				next: to === "ollama" ? `use one of ${GGUF_DTYPES.join(", ")}` : "omit it",
			});
		const { model, adapter } = await openModelAndAdapter(args);
		if (adapter === null) throw new Error("--adapter was checked");
		if (to === "gguf") {
			await writeWhole(output, await loraGguf(model, adapter));
			await result({ output });
			return;
		}
		if (to === "ollama") {
			// A type of the merged model asks for the merged model.
			const base = dtype === undefined && (await exists(model.name)) ? resolve(model.name) : null;
			const files = await ollamaFiles(model, adapter, base, dtype);
			for (const { path, pieces } of files) await writeWhole(join(output, path), pieces());
			say(`create it with: ollama create tuned -f ${shellWord(join(output, "Modelfile"))}`);
			await result({ output, files: files.map(({ path }) => path) });
			return;
		}
		const files = await FOLDERS[to](model, adapter);
		for (const { path, bytes } of files) await writeWhole(join(output, path), bytes);
		await result({ output, files: files.map(({ path }) => path) });
	},
};
