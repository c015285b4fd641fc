// A tuned model in a link: the adapter stands behind the #, which no browser sends anywhere. Made by Copy link, opened on
// arrival or when the address changes.
import type { AdapterInfo, LinkAbout } from "../../../src/engine/api.ts";
import { toErrorInfo } from "../../engine.ts";
import { compareSides } from "../compare/actions.ts";
import { EMPTY_ANSWER, useCompare } from "../compare/store.ts";
import { useData } from "../data/store.ts";
import { useEngine } from "../model/store.ts";
import { useUi } from "../workspace/store.ts";
import { useShare } from "./share-store.ts";

const MARK = /^#tt\d+\./;

/** The link in the address, without its #; null when there is none. */
const linkInAddress = (): string | null => (MARK.test(location.hash) ? location.hash.slice(1) : null);

/** Puts the adapter's link on the clipboard. */
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

/** What the link will say: of the run that made the adapter, or what the link said that it came with. */
function aboutOf({ training }: AdapterInfo): LinkAbout {
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

/** Opens the link in the address, if there is one: base and tuned then answer side by side. */
export async function openLink(): Promise<boolean> {
	const text = linkInAddress();
	const { api } = useEngine.getState();
	if (text === null || api === null) return false;
	useShare.setState({ openError: null });
	try {
		const { adapter, about } = await api.importAdapterLink(text);
		// First what it is, then that it is there: `watchLink` tells by it that this adapter belongs to the address.
		useShare.setState({ opened: { about, adapter } });
		useEngine.setState({ adapter });
		useCompare.setState({ mode: "one", tuned: EMPTY_ANSWER, imported: null, error: null });
		if (about.samplePrompt !== "") useCompare.setState({ prompt: about.samplePrompt, promptTouched: true });
		await compareSides();
		return true;
	} catch (error) {
		useShare.setState({ openError: toErrorInfo(error) });
		return false;
	}
}

/** Another adapter came: the address no longer speaks of the one in memory. */
function forgetLink(): void {
	if (linkInAddress() !== null) history.replaceState(history.state, "", location.pathname + location.search);
	useShare.setState({ opened: null, openError: null });
}

/** Follows the address and the adapter. */
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
