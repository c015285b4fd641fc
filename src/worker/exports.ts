// Exports for other programs. Imported on demand. To add a program, add a target to engine/api-exports.ts and a case here.
import type { Adapter } from "../engine/adapters/adapter.ts";
import { loraGguf, mlxFiles } from "../engine/adapters/consumers.ts";
import { freshAdapter } from "../engine/adapters/create-adapter.ts";
import { mergedGguf } from "../engine/adapters/merge/merged-gguf.ts";
import { vllmFiles } from "../engine/adapters/vllm.ts";
import type { ExportedFile, ExportRequest } from "../engine/api.ts";
import { zipBlob, zipFiles } from "../engine/formats/zip.ts";
import type { PeftFile } from "../engine/peft/index.ts";
import { exportTrl } from "../engine/train/export-trl/export-trl.ts";
import { ollamaFiles } from "../engine/train/ollama/ollama.ts";
import { textEncoder } from "../engine/train/text-processor.ts";
import type { DataCache } from "./data-cache.ts";
import { neededFiles } from "./export-zip.ts";
import type { OpenModel } from "./open-model.ts";

/** @param data the cache that prepares the rows */
export async function exportedFile(
	request: ExportRequest,
	opened: OpenModel,
	data: DataCache,
	onProgress: (done: number, total: number) => void,
): Promise<ExportedFile> {
	const { model } = opened.runtime;
	if (request.target === "export-trl") return trlExport(request, opened, data);
	const adapter: Adapter = await opened.activeAdapter.now();
	switch (request.target) {
		case "lora-gguf":
			return gguf(new Blob([await loraGguf(model, adapter)]));
		case "merged-gguf": {
			const plan = await mergedGguf(model, adapter, request.dtype);
			// Each piece is a separate Blob, which the browser may store on disk.
			const pieces: Blob[] = [];
			let done = 0;
			for await (const piece of plan.pieces()) {
				pieces.push(new Blob([piece as Uint8Array<ArrayBuffer>]));
				done += piece.length;
				onProgress(done, plan.bytes);
			}
			return gguf(new Blob(pieces));
		}
		case "mlx":
			return zip(mlxFiles(model, adapter));
		case "ollama":
			return {
				blob: await zipBlob(await ollamaFiles(model, adapter, null, request.dtype)),
				ending: ".zip",
				option: null,
			};
		case "vllm": {
			const { files, option } = vllmFiles(model, adapter);
			return { ...zip(files), option };
		}
	}
}

const gguf = (blob: Blob): ExportedFile => ({ blob, ending: ".gguf", option: null });
const zip = (files: readonly PeftFile[]): ExportedFile => ({
	blob: new Blob([zipFiles(files)], { type: "application/zip" }),
	ending: ".zip",
	option: null,
});

/** Exports the run that Start would begin. */
async function trlExport(
	{ settings, data, heldOut }: Extract<ExportRequest, { target: "export-trl" }>,
	{ runtime: { model }, textProcessor }: OpenModel,
	cache: DataCache,
): Promise<ExportedFile> {
	const prepared = await cache.get(model, textProcessor, data, heldOut, settings);
	// The bundled model is not available anywhere else, so its files are included.
	const base = model.name === "demo" ? await neededFiles(model) : null;
	const files = await exportTrl({
		model,
		settings,
		start: await freshAdapter(model, settings, textEncoder(model)),
		train: prepared.train,
		heldOut: prepared.heldOut,
		...(base === null
			? {}
			: {
					baseFiles: base.map(({ path, blob }) => ({
						path,
						async *pieces() {
							yield new Uint8Array(await blob.arrayBuffer());
						},
					})),
				}),
	});
	return { blob: await zipBlob(files), ending: ".zip", option: null };
}
