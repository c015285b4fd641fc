// Creates zips and files for download: the adapter, the merged model, the files of the base.
import type { Adapter } from "../engine/adapters/adapter.ts";
import { exportAdapter } from "../engine/adapters/adapter-files.ts";
import { mergedModel } from "../engine/adapters/merge/merged-model.ts";
import type { NamedFile } from "../engine/api.ts";
import { isLanguageFile } from "../engine/formats/index.ts";
import { isAdapterFile, zipBlob, zipFiles } from "../engine/formats/zip.ts";
import type { LoadedModel } from "../engine/models/load.ts";
import { TabTuneError } from "../shared/errors.ts";
import { workerMessage } from "../shared/messages/index.ts";

export const adapterZip = async (model: LoadedModel, adapter: Adapter): Promise<Blob> =>
	new Blob([zipFiles(await exportAdapter(model, adapter))], { type: "application/zip" });

/** Packs the files of an adapter's folder. */
export const zippedFiles = async (files: readonly NamedFile[]): Promise<Blob> =>
	new Blob(
		[
			zipFiles(
				await Promise.all(
					files
						.filter(({ path }) => isAdapterFile(path))
						.map(async ({ path, blob }) => ({ path, bytes: new Uint8Array(await blob.arrayBuffer()) })),
				),
			),
		],
		{ type: "application/zip" },
	);

export async function mergedZip(
	model: LoadedModel,
	adapter: Adapter,
	onProgress: (done: number, total: number) => void,
): Promise<Blob> {
	const merged = await mergedModel(model, adapter, "auto");
	return zipBlob(merged.files, (done) => onProgress(Math.min(done, merged.bytes), merged.bytes));
}

/** The files that loading a model folder needs, beside those of its tokenizer. */
const NEEDED = /^(config|generation_config|model\.safetensors\.index)\.json$|^model[\w-]*\.safetensors$/;

/** @throws TabTuneError "model" for a model without a safetensors file */
export async function neededFiles({ folder }: LoadedModel): Promise<NamedFile[]> {
	if (folder.weights !== undefined)
		throw new TabTuneError("model", {
			what: workerMessage("standaloneGguf"),
			where: folder.name,
			next: workerMessage("standaloneGguf.next"),
		});
	const files: NamedFile[] = [];
	const names = await folder.list();
	const alone = names.includes("tokenizer.json") ? null : "tokenizer.model";
	for (const path of names) {
		if (!NEEDED.test(path) && !isLanguageFile(path) && path !== alone) continue;
		const source = await folder.open(path);
		files.push({ path, blob: new Blob([(await source.read(0, source.size)) as Uint8Array<ArrayBuffer>]) });
	}
	return files;
}
