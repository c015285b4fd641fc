// A tuned model in a link: the adapter is encoded after the #, which browsers do not send. Links are created by Copy link
// and opened on arrival or when the address changes.
import type { AdapterInfo, LinkDescription } from "../../../src/engine/api.ts";
import { toErrorInfo } from "../../engine.ts";
import { compareSides } from "../compare/actions.ts";
import { EMPTY_ANSWER, useCompare } from "../compare/store.ts";
import { useData } from "../data/store.ts";
import { setAdapter, useEngine } from "../model/store.ts";
import { useUi } from "../workspace/store.ts";
import { useShare } from "./share-store.ts";

const MARK = /^#tt\d+\./;

/** The link in the address without its #, or null. */
const linkInAddress = (): string | null => (MARK.test(location.hash) ? location.hash.slice(1) : null);

/** Copies the adapter's link to the clipboard. */
export async function copyLink(): Promise<void> {
	const { api, adapter } = useEngine.getState();
	if (api === null || adapter === null) return;
	useShare.setState({ error: null, copied: null });
	try {
		const text = await api.adapterLink(aboutOf(adapter));
		const address = new URL(location.pathname, location.origin);
		address.searchParams.set("lang", useUi.getState().lang);
		address.hash = text;
		await navigator.clipboard.writeText(address.href);
		useShare.setState({ copied: address.href.length });
	} catch (error) {
		useShare.setState({ error: toErrorInfo(error) });
	}
}

/** Metadata for the link: from the run that trained the adapter, or from the link it was opened from. */
function aboutOf({ training }: AdapterInfo): LinkDescription {
	const samplePrompt = useCompare.getState().prompt;
	if (training === null) {
		const known = useShare.getState().opened?.about;
		return { title: "", rows: 0, steps: 0, firstEvalLoss: null, lastEvalLoss: null, ...known, samplePrompt };
	}
	const { data, steps, firstEvalLoss, lastEvalLoss } = training;
	const set = useData.getState().gallery.find(({ id }) => id === data.name);
	const title = set?.title[useUi.getState().lang] ?? data.name;
	return { title, samplePrompt, rows: data.rows, steps, firstEvalLoss, lastEvalLoss };
}

/** Opens the link in the address, if there is one, and generates both answers. */
export async function openLink(): Promise<boolean> {
	const text = linkInAddress();
	const { api } = useEngine.getState();
	if (text === null || api === null) return false;
	useShare.setState({ openError: null });
	try {
		const { adapter, about } = await api.importAdapterLink(text);
		// Set `opened` before `adapter`: `watchLink` uses it to recognise that the adapter belongs to the address.
		useShare.setState({ opened: { about, adapter } });
		setAdapter(adapter);
		useCompare.setState({ mode: "one", tuned: EMPTY_ANSWER, imported: null, error: null });
		if (about.samplePrompt !== "") useCompare.setState({ prompt: about.samplePrompt, promptTouched: true });
		await compareSides();
		return true;
	} catch (error) {
		useShare.setState({ openError: toErrorInfo(error) });
		return false;
	}
}

/** Another adapter is in memory, so the link is removed from the address. */
function forgetLink(): void {
	if (linkInAddress() !== null) history.replaceState(history.state, "", location.pathname + location.search);
	useShare.setState({ opened: null, openError: null });
}

/** Keeps address and adapter in sync. */
export function watchLink(): void {
	addEventListener("hashchange", () => {
		if (useEngine.getState().phase === "ready") void openLink();
	});
	useEngine.subscribe((now, before) => {
		if (now.adapter === before.adapter) return;
		useShare.setState({ copied: null });
		if (now.adapter !== null && now.adapter !== useShare.getState().opened?.adapter) forgetLink();
	});
}
