// merge: base and adapter as one Hugging Face folder, tensor by tensor, whole or not at all.
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { adaptedModule, mergeInto } from "../../engine/adapters/merge.ts";
import { TabTuneError } from "../../engine/errors.ts";
import { encodeBf16, encodeFloat32, type ModelFolder, safetensorsHeader } from "../../engine/formats/index.ts";
import { weightValues } from "../../engine/models/load.ts";
import { need, text } from "../args.ts";
import { exists, storageError, writeWhole } from "../node-files.ts";
import { openAdapter, openModel } from "../open.ts";
import { result, say } from "../output.ts";
import type { Command } from "./command.ts";

/** Files that a merged folder takes over from its base. */
const KEPT =
	/^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|vocab|added_tokens|merges|chat_template)\.(json|txt|jinja|model)$/;

export const mergeCommand: Command = {
	name: "merge",
	summary: "write base and adapter as one model: --model M --adapter DIR --output-dir D [--dtype float32|bfloat16]",
	options: { model: "text", adapter: "text", "output-dir": "text", dtype: "text" },
	takesSettings: false,
	async run(args) {
		const outputDir = need(args, "output-dir");
		need(args, "adapter");
		const dtype = text(args, "dtype") ?? "auto";
		// The base is opened as its files hold it: --dtype is what the merged model is written in.
		const model = await openModel({
			...args,
			options: new Map([...args.options].filter(([name]) => name !== "dtype")),
		});
		if (!["auto", "float32", "bfloat16"].includes(dtype)) {
			throw new TabTuneError("usage", {
				what: `--dtype is "${dtype}"`,
				where: "tabtune merge",
				next: "use float32 or bfloat16",
			});
		}
		const adapter = await openAdapter(args, model);
		if (adapter === null) throw new Error("--adapter was checked");
		const { layout, params } = adapter;
		if (await exists(join(outputDir, "config.json"))) {
			throw new TabTuneError("usage", {
				what: "there is a model already",
				where: outputDir,
				next: "choose an empty --output-dir",
			});
		}
		const out = dtype === "float32" || (dtype === "auto" && model.dtype !== "bfloat16") ? "F32" : "BF16";
		const weights = model.family.weights(model.config);
		const { header, order } = safetensorsHeader(
			weights.map(({ name, shape }) => ({ name, shape, dtype: out })),
			{ format: "pt" },
		);
		async function* pieces(): AsyncGenerator<Uint8Array> {
			yield header;
			for (const { name } of order) {
				const values = (await weightValues(model, name)).slice();
				const entry = adaptedModule(layout, name);
				if (entry !== undefined) mergeInto(values, params, entry);
				yield out === "F32" ? encodeFloat32(values) : encodeBf16(values);
			}
		}
		const partial = join(dirname(resolve(outputDir)), `.${basename(resolve(outputDir))}.${process.pid}.partial`);
		try {
			await mkdir(partial, { recursive: true });
			await writeWhole(join(partial, "model.safetensors"), pieces());
			for (const name of await model.folder.list()) {
				if (!KEPT.test(name)) continue;
				const kept =
					name === "config.json" ? mergedConfig(await model.folder.text(name), out) : await copied(model.folder, name);
				await writeWhole(join(partial, name), kept);
			}
			await mkdir(dirname(resolve(outputDir)), { recursive: true });
			if (await exists(outputDir))
				for (const name of await readdir(partial)) await rename(join(partial, name), join(outputDir, name));
			else await rename(partial, outputDir);
		} catch (cause) {
			throw storageError(outputDir, cause);
		} finally {
			await rm(partial, { recursive: true, force: true });
		}
		say(`merged ${layout.modules.length} modules into ${outputDir}`);
		await result({
			output_dir: outputDir,
			dtype: out === "F32" ? "float32" : "bfloat16",
			modules: layout.modules.length,
		});
	},
};

/** config.json with the element type of the merged weights, under whichever of its two names the file uses. */
function mergedConfig(source: string, out: "F32" | "BF16"): string {
	const config = JSON.parse(source) as Record<string, unknown>;
	const key = "torch_dtype" in config ? "torch_dtype" : "dtype";
	return `${JSON.stringify({ ...config, [key]: out === "F32" ? "float32" : "bfloat16" }, null, 2)}\n`;
}

async function copied(folder: ModelFolder, name: string): Promise<Uint8Array> {
	const source = await folder.open(name);
	return source.read(0, source.size);
}
