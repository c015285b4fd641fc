// Writes one HTML file with engine, base, adapter and a chat box: the built template with the model's files and the adapter
// as base64. It works from disk and makes no requests.
import type { NamedFile } from "../../../src/engine/api.ts";
import { formatBytes } from "../../../src/shared/format-bytes.ts";
import { toErrorInfo } from "../../engine.ts";
import { translator } from "../../i18n/index.ts";
import { loss } from "../../lib/format.ts";
import { templateVariables } from "../compare/actions.ts";
import { useCompare } from "../compare/store.ts";
import { useEngine } from "../model/store.ts";
import { useUi } from "../workspace/store.ts";
import { adapterName, save } from "./actions.ts";
import { useShare } from "./share-store.ts";

const TEMPLATE = "stand-alone.txt";
const PLACE = "<!--CONTENT-->";
/** Above this size browsers are slow to open the file. */
const MOST_BYTES = 200e6;

/** Approximate: base64 is a third larger, the engine about 0.7 MB. */
export const standAloneBytes = (weightBytes: number, adapterBytes: number): number =>
	Math.round((weightBytes + adapterBytes) * (4 / 3)) + 700_000;

export async function downloadStandAlone(): Promise<void> {
	const { api, adapter, model } = useEngine.getState();
	if (api === null || adapter === null || model === null) return;
	const t = translator(useUi.getState().lang);
	if (model.weightBytes > MOST_BYTES) {
		useCompare.setState({
			error: {
				code: "memory",
				what: t("standalone.tooLarge", { size: formatBytes(standAloneBytes(model.weightBytes, adapter.adapterBytes)) }),
				next: t("standalone.tooLargeNext"),
			},
		});
		return;
	}
	try {
		useCompare.setState({ imported: t("standalone.making"), error: null });
		const [before, after] = (await template()).split(PLACE);
		const [files, zip] = [await api.modelFiles(), await api.exportAdapter()];
		const parts: string[] = [before, element({ type: "application/json", id: "about" }, json(about()))];
		for (const { path, blob } of files)
			parts.push(element({ type: "text/plain", "data-path": path }, await base64(blob)));
		parts.push(element({ type: "text/plain", id: "adapter" }, await base64(zip)), after);
		const file = new Blob(parts, { type: "text/html" });
		save(file, `${adapterName()}.html`);
		useCompare.setState({ imported: t("standalone.made", { size: formatBytes(file.size) }) });
	} catch (error) {
		useCompare.setState({ imported: null, error: toErrorInfo(error) });
	}
}

async function template(): Promise<string> {
	const response = await fetch(`${import.meta.env.BASE_URL}${TEMPLATE}`);
	const text = response.ok ? await response.text() : "";
	if (!text.includes(PLACE)) {
		const t = translator(useUi.getState().lang);
		throw new Error(t("standalone.noTemplate"));
	}
	return text;
}

/** Metadata in the file; standalone/main.ts reads it. */
function about(): Record<string, unknown> {
	const { model, adapter } = useEngine.getState();
	const { opened } = useShare.getState();
	const training = adapter?.training;
	const facts = training ?? opened?.about;
	const figure = (value: number | null | undefined) => (value == null ? null : loss(value));
	return {
		lang: useUi.getState().lang,
		title: training?.data.name ?? opened?.about.title ?? adapter?.name,
		model: model?.name,
		samplePrompt: useCompare.getState().prompt,
		chat_template_kwargs: templateVariables(),
		rows: training?.data.rows ?? opened?.about.rows ?? 0,
		steps: facts?.steps ?? 0,
		r: adapter?.r ?? null,
		first: figure(facts?.firstEvalLoss),
		last: figure(facts?.lastEvalLoss),
		licence: model?.license ?? null,
	};
}

/** JSON that cannot close the script element around it. */
const json = (value: unknown): string => JSON.stringify(value).replaceAll("<", "\\u003c");

function element(attributes: Record<string, string>, text: string): string {
	const written = Object.entries(attributes).map(([name, value]) => `${name}="${value.replace(/[&"<>]/g, "_")}"`);
	return `<script ${written.join(" ")}>${text}</script>\n`;
}

function base64(blob: NamedFile["blob"]): Promise<string> {
	return new Promise((resolve, reject) => {
		const reader = new FileReader();
		reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ""));
		reader.onerror = () => reject(reader.error);
		reader.readAsDataURL(blob);
	});
}
