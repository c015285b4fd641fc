// Exports for Ollama: a Modelfile with the base that it needs, the chat template in Go's template language, and the texts that end
// an answer.

import { TabTuneError } from "../../../shared/errors.ts";
import type { GgufDType } from "../../../shared/gguf-dtypes.ts";
import { adaptersMessage } from "../../../shared/messages/index.ts";
import type { Adapter } from "../../adapters/adapter.ts";
import { loraGguf, otherThanPlainLora } from "../../adapters/consumers.ts";
import { mergedGguf } from "../../adapters/merge/merged-gguf.ts";
import type { LoadedModel } from "../../models/load.ts";
import { openTextProcessorIfAny } from "../text-processor.ts";
import { ollamaTemplate } from "./template.ts";

export interface OllamaFile {
	readonly path: string;
	pieces(): AsyncIterable<Uint8Array>;
}

/**
 * The Modelfile for `ollama create`, and the files that it names: an adapter that llama.cpp can apply over a base on this machine,
 * or else the merged model.
 * @param base path of the base, a folder or a GGUF file; null for a base that Ollama cannot open: the bundled one, a model of the
 * Hub, a model that the page has
 * @param dtype of the merged model; the precision of the base in 16 bits by default
 */
export async function ollamaFiles(
	model: LoadedModel,
	adapter: Adapter,
	base: string | null,
	dtype: GgufDType = model.dtype === "bfloat16" ? "bfloat16" : "float16",
): Promise<OllamaFile[]> {
	if (base !== null && /["\r\n]/.test(base))
		throw new TabTuneError("adapter", {
			what: adaptersMessage("ollamaPath"),
			where: base,
			next: adaptersMessage("ollamaPath.next"),
		});
	const apart = base !== null && otherThanPlainLora(model, adapter, "untied") === null;
	const file = apart ? await over(model, adapter) : await merged(model, adapter, dtype);
	const lines = apart ? [`FROM ${base}`, "ADAPTER ./adapter.gguf"] : ["FROM ./model.gguf"];
	const modelfile = `${[...lines, ...(await chatLines(model))].join("\n")}\n`;
	return [file, { path: "Modelfile", pieces: () => once(new TextEncoder().encode(modelfile)) }];
}

async function merged(model: LoadedModel, adapter: Adapter, dtype: GgufDType): Promise<OllamaFile> {
	const plan = await mergedGguf(model, adapter, dtype);
	return { path: "model.gguf", pieces: () => plan.pieces() };
}

async function over(model: LoadedModel, adapter: Adapter): Promise<OllamaFile> {
	const bytes = await loraGguf(model, adapter);
	return { path: "adapter.gguf", pieces: () => once(bytes) };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
	yield bytes;
}

/** TEMPLATE and PARAMETER stop; nothing for a model without tokenizer.json. */
async function chatLines({ folder, config }: LoadedModel): Promise<string[]> {
	const language = await openTextProcessorIfAny(folder, config);
	if (language === null) return [];
	const { tokenizer, template, eos } = language;
	const text = template === null ? null : ollamaTemplate(template, tokenizer.special);
	const stops = eos.map((id) => tokenizer.decode([id], { skipSpecialTokens: false }));
	return [
		...(text === null ? [] : [`TEMPLATE """${text}"""`]),
		...stops.filter((stop) => stop !== "" && !/["\r\n]/.test(stop)).map((stop) => `PARAMETER stop "${stop}"`),
	];
}
