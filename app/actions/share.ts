// A tuned model in a link: the adapter stands behind the #, which no browser sends anywhere. Made by Copy link, opened on
// arrival or when the address changes.
import { toErrorInfo } from "../engine.ts";
import { EMPTY_ANSWER, useCompare } from "../stores/compare.ts";
import { useData } from "../stores/data.ts";
import { useEngine } from "../stores/engine.ts";
import { useRun } from "../stores/run.ts";
import { useShare } from "../stores/share.ts";
import { useUi } from "../stores/ui.ts";
import { compareSides } from "./compare.ts";

const MARK = /^#tt\d+\./;

/** The link in the address, without its #; null when there is none. */
const linkInAddress = (): string | null => (MARK.test(location.hash) ? location.hash.slice(1) : null);

/** Puts the adapter's link on the clipboard. */
export async function copyLink(): Promise<void> {
	const { api, adapter } = useEngine.getState();
	if (api === null || adapter === null) return;
	useShare.setState({ error: null, copied: null });
	try {
		const text = await api.adapterLink({ title: title(), samplePrompt: useCompare.getState().prompt });
		const address = new URL(location.pathname, location.origin);
		address.searchParams.set("lang", useUi.getState().lang);
		address.hash = text;
		await navigator.clipboard.writeText(address.href);
		useShare.setState({ copied: address.href.length });
	} catch (error) {
		useShare.setState({ error: toErrorInfo(error) });
	}
}

function title(): string {
	const { gallery, origin, source } = useData.getState();
	const { lang } = useUi.getState();
	const set = origin?.kind === "gallery" ? gallery.find(({ id }) => id === origin.id) : undefined;
	return set?.title[lang] ?? (useRun.getState().dataName || source?.name || "");
}

/** Opens the link in the address, if there is one: base and tuned then answer side by side. */
export async function openLink(): Promise<boolean> {
	const text = linkInAddress();
	const { api } = useEngine.getState();
	if (text === null || api === null) return false;
	useShare.setState({ error: null, opened: null });
	try {
		const { adapter, about } = await api.importAdapterLink(text);
		useEngine.setState({ adapter });
		useShare.setState({ opened: about });
		useCompare.setState({ mode: "one", tuned: EMPTY_ANSWER, imported: null, error: null });
		if (about.samplePrompt !== "") useCompare.setState({ prompt: about.samplePrompt, promptTouched: true });
		await compareSides();
		return true;
	} catch (error) {
		useShare.setState({ error: toErrorInfo(error) });
		return false;
	}
}

/** Another adapter came: the address no longer speaks of the one in memory. */
function forgetLink(): void {
	if (linkInAddress() !== null) history.replaceState(history.state, "", location.pathname + location.search);
	if (useShare.getState().opened !== null) useShare.setState({ opened: null });
}

/** Follows the address and the adapter. */
export function watchLink(): void {
	addEventListener("hashchange", () => {
		if (useEngine.getState().phase === "ready") void openLink();
	});
	useEngine.subscribe((now, before) => {
		if (now.adapter === before.adapter) return;
		useShare.setState({ copied: null });
		// `opened` is set after the adapter of a link: at this moment another's still stands there.
		if (useShare.getState().opened !== null) forgetLink();
	});
}
