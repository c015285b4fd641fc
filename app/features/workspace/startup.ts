// Startup: reads the link, starts the engine, loads the bundled model and a gallery set in parallel, and generates one
// line from the base.

import { PAGE_DEFAULTS } from "../../../src/shared/settings.ts";
import { loadEngineTexts } from "../../i18n/engine-text.ts";
import { firstLine } from "../compare/actions.ts";
import { useCompare } from "../compare/store.ts";
import { chooseSet, describeRows, loadGallery, restoreOwnRows } from "../data/actions.ts";
import { useData } from "../data/store.ts";
import { openLink } from "../export/share-actions.ts";
import { readLearn, useLearn } from "../learn/store.ts";
import { openEngine } from "../model/actions.ts";
import { useEngine } from "../model/store.ts";
import { refreshRuns } from "../run/run-list.ts";
import { adoptBaseline } from "../settings/store.ts";
import { chooseLang, useUi } from "./store.ts";
import { OWN_DATA, readUrl } from "./url.ts";

/** Settings of the link that could not be read; the settings panel shows them. */
export let refusedSettings: string[] = [];

export function readLink(): ReturnType<typeof readUrl> {
	const link = readUrl(location.search, PAGE_DEFAULTS);
	refusedSettings = link.refused;
	useUi.setState(chooseLang(link.lang, navigator.language));
	adoptBaseline(PAGE_DEFAULTS, link.settings);
	if (link.learn !== null) {
		useLearn.setState(readLearn(link.learn));
		useUi.setState({ tab: "learn" });
	}
	return link;
}

export async function arrive(link: ReturnType<typeof readUrl>): Promise<void> {
	const rows = loadGallery().then(async (gallery) => {
		// Own rows are restored after a reload if this device stored them.
		if (link.set === OWN_DATA && (await restoreOwnRows())) return;
		const set = gallery.find((s) => s.id === link.set) ?? gallery[0];
		if (set === undefined) return;
		await chooseSet(set, link.set === OWN_DATA ? null : link.settings);
	});
	const ready = await openEngine();
	await rows;
	if (ready) await begin();
}

/** Starts again after a crash, or when a GPU may have become available. */
export async function restart(): Promise<void> {
	if (await openEngine()) await begin();
}

/** What the page does once the engine is ready. @param offer whether it offers to resume an interrupted run */
export async function begin(offer = true): Promise<void> {
	void refreshRuns(offer);
	if (useData.getState().origin === null) {
		const [first] = await loadGallery();
		if (first !== undefined) await chooseSet(first);
	}
	if (useCompare.getState().base.state === "empty") await greet();
	void loadEngineTexts(useUi.getState().lang);
}

async function greet(): Promise<void> {
	// describeRows() also runs when the model arrives; it is awaited here for its sample prompt.
	if (useData.getState().status !== "ready") await describeRows();
	if (useEngine.getState().phase === "ready" && !(await openLink())) await firstLine();
}
