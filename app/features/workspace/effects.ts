// Effects of state changes: URL, cost, description of the rows, document title, and the warning before leaving. Set up
// once by main.tsx.

import { toErrorInfo } from "../../engine.ts";
import { translator } from "../../i18n/index.ts";
import { DATA_FIELDS, describeRows } from "../data/actions.ts";
import { useData } from "../data/store.ts";
import { type LearnStep, learnText, useLearn } from "../learn/store.ts";
import { useEngine } from "../model/store.ts";
import { isBusy, useRun } from "../run/store.ts";
import { followModel, rankProblem, useSettings } from "../settings/store.ts";
import { useUi } from "./store.ts";
import { OWN_DATA, writeUrl } from "./url.ts";

/** Debounces `run`: calls it `ms` after the last call. */
function settle(ms: number, run: () => void): () => void {
	let timer: ReturnType<typeof setTimeout> | undefined;
	return () => {
		clearTimeout(timer);
		timer = setTimeout(run, ms);
	};
}

let costQuestion = 0;

/** Requests the cost of the current settings; during a run the last answer stays. */
async function refreshCost(): Promise<void> {
	const { api, phase } = useEngine.getState();
	if (api === null || phase !== "ready" || isBusy(useRun.getState().state)) return;
	const mine = ++costQuestion;
	// A rank that the model does not allow has no cost; its field says so.
	if (rankProblem(useSettings.getState().settings) !== null) {
		useSettings.setState({ cost: null, costError: null, costPending: false });
		return;
	}
	useSettings.setState({ costPending: true });
	const { source, status } = useData.getState();
	try {
		const cost = await api.estimate(useSettings.getState().settings, status === "ready" ? source : null);
		if (mine === costQuestion) useSettings.setState({ cost, costError: null, costPending: false });
	} catch (error) {
		if (mine === costQuestion) useSettings.setState({ cost: null, costError: toErrorInfo(error), costPending: false });
	}
}

function showUrl(): void {
	const { lang, langChosen } = useUi.getState();
	const { origin } = useData.getState();
	const { settings, baseline } = useSettings.getState();
	const query = writeUrl(location.search, {
		lang: langChosen ? lang : null,
		learn: useUi.getState().tab === "learn" ? learnText(useLearn.getState()) : null,
		set: origin === null ? null : origin.kind === "gallery" ? origin.id : OWN_DATA,
		settings,
		baseline,
	});
	if (query !== location.search)
		history.replaceState(history.state, "", `${location.pathname}${query}${location.hash}`);
}

/** The tab and the step of Learn, which an entry of the history holds, so that Back returns to them. */
interface Place {
	tab: string;
	step: LearnStep;
}

const here = (): Place => ({ tab: useUi.getState().tab, step: useLearn.getState().step });

function isPlace(state: unknown): state is Place {
	return (
		typeof state === "object" && state !== null && "tab" in state && typeof state.tab === "string" && "step" in state
	);
}

/** Adds an entry to the history when the tab or the step of Learn changes, and follows Back and Forward. */
export function watchHistory(): void {
	history.replaceState(here(), "");
	const changed = () => {
		const now = here();
		const last: unknown = history.state;
		if (isPlace(last) && last.tab === now.tab && (now.tab !== "learn" || last.step === now.step)) return;
		history.pushState(now, "");
		showUrl();
	};
	useUi.subscribe((now, before) => now.tab !== before.tab && changed());
	useLearn.subscribe((now, before) => now.step !== before.step && changed());
	addEventListener("popstate", ({ state }) => {
		if (!isPlace(state)) return;
		useLearn.setState({ step: state.step });
		useUi.setState({ tab: state.tab });
		showUrl();
	});
}

function showTitle(): void {
	const { state, step, totalSteps } = useRun.getState();
	const t = translator(useUi.getState().lang);
	const busy = state === "running" || state === "paused";
	const title = busy
		? `${step}/${totalSteps} · TabTune`
		: state === "finished"
			? `${t("run.finished")} · TabTune`
			: "TabTune";
	if (document.title !== title) document.title = title;
}

export function watch(): void {
	const url = settle(300, showUrl);
	const cost = settle(120, () => void refreshCost());
	const rows = settle(200, () => void describeRows());

	useSettings.subscribe((now, before) => {
		if (now.settings === before.settings) return;
		url();
		cost();
		if (DATA_FIELDS.some((name) => now.settings[name] !== before.settings[name])) rows();
	});
	useData.subscribe((now, before) => {
		if (now.origin !== before.origin) url();
		if (now.status !== before.status && now.status === "ready") cost();
		if (now.heldOut !== before.heldOut) rows();
	});
	useEngine.subscribe((now, before) => {
		// A model was loaded: rows are tokenised again, and the cost changes.
		if (now.model !== before.model && now.model !== null) {
			followModel(now.model);
			void describeRows();
			cost();
		}
	});
	useUi.subscribe((now, before) => {
		if (now.theme !== before.theme) document.documentElement.dataset.theme = now.theme;
		if (now.lang !== before.lang) {
			document.documentElement.lang = now.lang === "zh" ? "zh-Hans" : "en";
			showTitle();
		}
		url();
	});
	useLearn.subscribe(url);
	useRun.subscribe((now, before) => {
		if (now.step !== before.step || now.state !== before.state) showTitle();
		// Settings that changed just before Start have no cost yet.
		if (isBusy(before.state) && !isBusy(now.state)) cost();
	});
	addEventListener("beforeunload", (event) => {
		if (isBusy(useRun.getState().state)) event.preventDefault();
	});
}
