// The sources of the page's models: the bundled base, fetched from this origin and verified, or a folder that the user chose.
import type { LoadProgress, ModelSource, NamedFile } from "../engine/api.ts";
import {
	type Checksums,
	filesFolder,
	type ModelFolder,
	memoryFolder,
	modelLicense,
	verifyChecksum,
} from "../engine/formats/index.ts";
import { TabTuneError } from "../shared/errors.ts";
import { workerMessage } from "../shared/messages/index.ts";

const BUNDLED = "base-model";
/** TabTune's licence: the model was trained for TabTune, as its README says. */
const BUNDLED_LICENSE = "MIT";
/** The files of the bundled folder that a run needs; the others are documentation. */
const NEEDED = [
	"config.json",
	"generation_config.json",
	"tokenizer.json",
	"tokenizer_config.json",
	"chat_template.jinja",
	"model.safetensors",
];

export interface SourcedModel {
	readonly folder: ModelFolder;
	readonly name: string;
	readonly license: string | null;
	/** Fingerprint of the bundled weights, by which a link identifies its base; null for other models. */
	readonly fingerprint: string | null;
}

export async function modelFolder(
	source: ModelSource,
	onProgress: (progress: LoadProgress) => void,
): Promise<SourcedModel> {
	if (source.kind === "demo") return { ...(await bundledFolder(onProgress)), name: "demo", license: BUNDLED_LICENSE };
	const { files, license } = source.kind === "kept" ? await keptModel(source.key) : { ...source, license: null };
	const folder = await chosenFolder(source.name, files);
	return { folder, name: source.name, license: (await modelLicense(folder)) ?? license, fingerprint: null };
}

/** A model that was downloaded before. */
async function keptModel(key: string) {
	const { opfsCache } = await import("../engine/hub/opfs-cache.ts");
	return (await opfsCache()).model(key);
}

/** A Hugging Face folder, or where it has no config.json, the GGUF file in it. */
async function chosenFolder(name: string, files: readonly NamedFile[]): Promise<ModelFolder> {
	const folder = filesFolder(name, files);
	if ((await folder.list()).includes("config.json")) return folder;
	if (!files.some(({ path }) => /\.gguf$/i.test(path))) return folder;
	const { ggufInFolder } = await import("../engine/models/gguf/in-folder.ts");
	return (await ggufInFolder(folder)) ?? folder;
}

async function bundledFolder(
	onProgress: (progress: LoadProgress) => void,
): Promise<Pick<SourcedModel, "folder" | "fingerprint">> {
	const checksums = JSON.parse(new TextDecoder().decode(await fetched("checksums.json"))) as Checksums;
	const total = NEEDED.reduce((sum, path) => sum + (checksums.files[path]?.bytes ?? 0), 0);
	let done = 0;
	const files = await Promise.all(
		NEEDED.map(async (path) => {
			const bytes = await fetched(path, checksums.files[path]?.sha256);
			await verifyChecksum(path, bytes, checksums);
			done += bytes.length;
			onProgress({ stage: "read", done, total });
			return [path, bytes] as const;
		}),
	);
	const folder = memoryFolder(BUNDLED, Object.fromEntries(files));
	return { folder, fingerprint: checksums.files["model.safetensors"]?.sha256.slice(0, 16) ?? null };
}

/** A file whose URL contains its checksum may be cached forever; the service worker's list (vite.config.ts) has the same URLs. */
async function fetched(path: string, sha256?: string): Promise<Uint8Array<ArrayBuffer>> {
	// In the built page, the worker is in assets/, next to the model's folder.
	const page = new URL(import.meta.env.DEV ? "/" : "../", self.location.href);
	const url = new URL(`${BUNDLED}/${path}`, page);
	if (sha256 !== undefined) url.searchParams.set("sha256", sha256);
	try {
		const response = await fetch(url);
		if (response.ok) return new Uint8Array(await response.arrayBuffer());
		throw new Error(`status ${response.status}`);
	} catch (cause) {
		throw new TabTuneError(
			"model",
			{
				what: workerMessage("bundledFile", { path, reason: (cause as Error).message }),
				where: url.pathname,
				next: workerMessage("bundledFile.next"),
			},
			{ cause },
		);
	}
}
