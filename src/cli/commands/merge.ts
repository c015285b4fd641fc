// The `merge` command: merges base and adapter, tensor by tensor, into a Hugging Face folder or a GGUF file. Writes are atomic.
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { mergedGguf } from "../../engine/adapters/merge/merged-gguf.ts";
import { mergedModel } from "../../engine/adapters/merge/merged-model.ts";
import { isQuantisedFormat } from "../../engine/kernels/weight-format.ts";
import { ggufDType } from "../../engine/models/gguf/file-types.ts";
import { GGUF_DTYPES } from "../../shared/gguf-dtypes.ts";
import { need, type ParsedArgs, text } from "../args.ts";
import { cliError } from "../cli-error.ts";
import { exists, storageError, writeWhole } from "../node-files.ts";
import { openModelAndAdapter } from "../open.ts";
import { result, say } from "../output.ts";
import type { Command } from "./command.ts";

export const mergeCommand: Command = {
	name: "merge",
	summary: `write base and adapter as one model: --model M --adapter DIR --output-dir D [--dtype float32|float16|bfloat16|int8|nf4] [--output-dtype float32|float16|bfloat16], or --to gguf --output F.gguf [--dtype ${GGUF_DTYPES.join("|")}]`,
	options: {
		model: "text",
		adapter: "text",
		"output-dir": "text",
		dtype: "text",
		"output-dtype": "text",
		to: "text",
		output: "text",
	},
	acceptsSettings: false,
	async run(args) {
		need(args, "adapter");
		if (text(args, "to") === "gguf") return mergeToGguf(args);
		if (text(args, "to") !== undefined)
			throw cliError("usage", {
				what: `--to is "${text(args, "to")}"`,
				where: "tabtune merge",
				next: "use gguf, or omit --to for a Hugging Face folder",
			});
		const outputDir = need(args, "output-dir");
		const given = text(args, "dtype") ?? "auto";
		const quantised = isQuantisedFormat(given);
		// With a quantised base, the merged model has the weights that training used. Otherwise the base is opened in the precision
		// of its files, and --dtype is the precision of the merged model.
		const { model, adapter } = await openModelAndAdapter({
			...args,
			options: new Map([...args.options].filter(([name]) => quantised || name !== "dtype")),
		});
		const dtype = text(args, "output-dtype") ?? (quantised ? "auto" : given);
		if (!["auto", "float32", "float16", "bfloat16"].includes(dtype)) {
			throw cliError("usage", {
				what: `--${text(args, "output-dtype") === undefined ? "dtype" : "output-dtype"} is "${dtype}"`,
				where: "tabtune merge",
				next: "use float32, float16 or bfloat16",
			});
		}
		if (adapter === null) throw new Error("--adapter was checked");
		const { layout } = adapter;
		if (await exists(join(outputDir, "config.json"))) {
			throw cliError("usage", {
				what: "the folder already contains a model",
				where: outputDir,
				next: "choose an empty --output-dir",
			});
		}
		const merged = await mergedModel(model, adapter, dtype as "auto" | "float32" | "float16" | "bfloat16");
		const partial = join(dirname(resolve(outputDir)), `.${basename(resolve(outputDir))}.${process.pid}.partial`);
		try {
			await mkdir(partial, { recursive: true });
			for (const { path, pieces } of merged.files) await writeWhole(join(partial, path), pieces());
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
			dtype: merged.dtype,
			modules: layout.modules.length,
		});
	},
};

/** --to gguf: one file for llama.cpp. --dtype is its type, or the precision of the base if --output-dtype is given. */
async function mergeToGguf(args: ParsedArgs): Promise<void> {
	const output = need(args, "output");
	const [given, asked] = [text(args, "dtype") ?? "float16", text(args, "output-dtype")];
	const asBase = asked !== undefined || ggufDType(given) === undefined;
	const dtype = ggufDType(asked ?? (asBase ? "float16" : given));
	const option = asked === undefined ? "dtype" : "output-dtype";
	const unknown = asked === undefined && asBase && !["auto", "int8", "nf4"].includes(given);
	if (dtype === undefined || unknown)
		throw cliError("usage", {
			what: `--${option} is "${asked ?? given}"`,
			where: "tabtune merge --to gguf",
			next: `use one of ${GGUF_DTYPES.join(", ")}`,
		});
	const { model, adapter } = await openModelAndAdapter({
		...args,
		options: new Map([...args.options].filter(([name]) => asBase || name !== "dtype")),
	});
	if (adapter === null) throw new Error("--adapter was checked");
	const plan = await mergedGguf(model, adapter, dtype);
	await writeWhole(output, plan.pieces());
	say(`merged ${adapter.layout.modules.length} modules into ${output}`);
	await result({ output, dtype, bytes: plan.bytes, modules: adapter.layout.modules.length });
}
