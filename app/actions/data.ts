// Brings rows in (gallery, paste, file) and has the engine describeRows them. The last wish wins: an answer that
// arrives after a newer question is dropped.

import type { DataInfo, DataSource, RunSettings } from "../../src/engine/api.ts";
import { toErrorInfo } from "../engine.ts";
import { translator } from "../i18n/index.ts";
import type { FieldName } from "../lib/fields.ts";
import { readPaste } from "../lib/paste.ts";
import { useCompare } from "../stores/compare.ts";
import { type DataOrigin, formatOf, type GallerySet, useData } from "../stores/data.ts";
import { useEngine } from "../stores/engine.ts";
import { adoptBaseline, PAGE_DEFAULTS, useSettings } from "../stores/settings.ts";
import { useUi } from "../stores/ui.ts";

const GALLERY = `${import.meta.env.BASE_URL}gallery/`;

/** Settings that change what a row becomes; any other leaves the description as it is. */
export const DATA_FIELDS: readonly FieldName[] = [
	"max_length",
	"packing",
	"assistant_only_loss",
	"completion_only_loss",
	"per_device_train_batch_size",
	"gradient_accumulation_steps",
	"seed",
	"shuffle",
];

let question = 0;

export async function loadGallery(): Promise<GallerySet[]> {
	try {
		const response = await fetch(`${GALLERY}index.json`);
		if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
		const gallery: GallerySet[] = await response.json();
		useData.setState({ gallery, galleryFailed: false });
		return gallery;
	} catch {
		useData.setState({ gallery: [], galleryFailed: true });
		return [];
	}
}

/** Loads a set. Its suggestions replace the settings, with `texts` (from the link) on top; null keeps them as they are. */
export async function chooseSet(set: GallerySet, texts: Partial<Record<FieldName, string>> | null = {}): Promise<void> {
	const mine = ++question;
	useData.setState({ origin: { kind: "gallery", id: set.id }, status: "reading", error: null, paste: null });
	if (texts !== null) adoptBaseline({ ...PAGE_DEFAULTS, ...set.settings }, texts);
	try {
		const response = await fetch(`${GALLERY}${set.file}`);
		if (!response.ok) throw new Error(`${set.file}: ${response.status} ${response.statusText}`);
		const blob = await response.blob();
		if (mine !== question) return;
		await adopt({ name: set.id, format: formatOf(set.file) ?? "jsonl", blob });
	} catch (error) {
		if (mine === question) useData.setState({ status: "failed", info: null, source: null, error: toErrorInfo(error) });
	}
}

export async function takePaste(text: string): Promise<void> {
	const paste = readPaste(text);
	if (paste === null) return;
	question++;
	setOwn({ kind: "paste" });
	useData.setState({ paste });
	const t = translator(useUi.getState().lang);
	await adopt({ name: t("data.pastedName"), format: paste.format, blob: new Blob([paste.text]) });
}

export async function takeFile(file: File): Promise<void> {
	question++;
	const format = formatOf(file.name);
	setOwn({ kind: "file" });
	if (format === null) {
		const t = translator(useUi.getState().lang);
		const error = { code: "data", what: t("data.fileUnknown", { name: file.name }), next: t("data.fileUnknownNext") };
		useData.setState({ status: "failed", info: null, source: null, error });
		return;
	}
	await adopt({ name: file.name, format, blob: file });
}

/** Own rows keep the settings in hand; a link then states them against the page's defaults. */
function setOwn(origin: DataOrigin): void {
	useData.setState({ origin, paste: null, error: null });
	useSettings.setState({ baseline: PAGE_DEFAULTS });
}

async function adopt(source: DataSource): Promise<void> {
	useData.setState({ source });
	await describeRows();
}

/** Asks the engine what the rows become under the settings in hand. Waits for a model: without one, nothing is known. */
export async function describeRows(): Promise<void> {
	const { api, model } = useEngine.getState();
	const { source, heldOut } = useData.getState();
	if (source === null) return;
	const mine = ++question;
	useData.setState({ status: "reading" });
	if (api === null || model === null) return;
	const settings: RunSettings = useSettings.getState().settings;
	try {
		const info = withGalleryPrompt(await api.describeData(source, settings, heldOut));
		if (mine !== question) return;
		useData.setState({ status: "ready", info, error: null });
		if (!useCompare.getState().promptTouched) useCompare.setState({ prompt: info.samplePrompt });
	} catch (error) {
		if (mine === question) useData.setState({ status: "failed", info: null, error: toErrorInfo(error) });
	}
}

/** A gallery set names the question that shows best what it teaches; other rows are asked in the style of the first. */
function withGalleryPrompt(info: DataInfo): DataInfo {
	const { origin, gallery } = useData.getState();
	const set = origin?.kind === "gallery" ? gallery.find(({ id }) => id === origin.id) : undefined;
	return set?.samplePrompt === undefined ? info : { ...info, samplePrompt: set.samplePrompt };
}
