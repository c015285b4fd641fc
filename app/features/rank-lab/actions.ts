// Actions of the rank lab. Cutting follows the slider: while one cut is measured only the newest request waits, and those
// between are dropped.
import type { EngineApi, MethodShape, OverlapSide, RankRun } from "../../../src/engine/api.ts";
import { toErrorInfo } from "../../engine.ts";
import { templateVariables } from "../compare/actions.ts";
import { useCompare } from "../compare/store.ts";
import { useData } from "../data/store.ts";
import { setAdapter, useEngine } from "../model/store.ts";
import { isBusy, useRun } from "../run/store.ts";
import { useSettings } from "../settings/store.ts";
import { highestRank, type RankState, refOf, useRank } from "./store.ts";

/** Length of the answer that follows the slider, in tokens. */
const ANSWER_TOKENS = 32;

async function ask(work: (api: EngineApi) => Promise<void>): Promise<void> {
	const { api } = useEngine.getState();
	if (api === null || isBusy(useRun.getState().state)) return;
	try {
		await work(api);
	} catch (error) {
		useRank.setState({ error: toErrorInfo(error) });
	}
}

/** Reads the spectrum of the adapter in memory and clears results of another adapter. */
export function openSpectrum(): Promise<void> {
	const cleared = { spectrum: null, picked: null, preview: null, whole: null, answer: null, overlap: null };
	useRank.setState({ ...cleared, cut: { rank: 0, ranks: {} }, error: null });
	if (useEngine.getState().adapter === null) return Promise.resolve();
	return ask(async (api) => {
		const { modules } = await api.spectrum({ kind: "memory" });
		useRank.setState({ spectrum: modules, cut: { rank: highestRank(modules), ranks: {} } });
	});
}

let requested: RankState["cut"] | null = null;

/** Cuts the adapter in memory, then measures loss and answer. */
export async function tryCut(cut: RankState["cut"]): Promise<void> {
	useRank.setState({ cut });
	requested = cut;
	if (useRank.getState().cutting) return;
	useRank.setState({ cutting: true, error: null });
	while (requested !== null) {
		const next = requested;
		requested = null;
		await ask((api) => measureCut(api, next));
	}
	useRank.setState({ cutting: false });
}

async function measureCut(api: EngineApi, cut: RankState["cut"]): Promise<void> {
	const { source, heldOut, info } = useData.getState();
	const { settings } = useSettings.getState();
	const preview = await api.previewCut(cut, source === null ? null : { data: source, settings, heldOut });
	const { spectrum } = useRank.getState();
	const uncut = preview.truncation.modules.every(({ from, to }) => from === to);
	useRank.setState({ preview, ...(uncut && spectrum !== null ? { whole: preview.eval_loss } : {}) });
	if (requested !== null) return;
	const prompt = useCompare.getState().prompt || info?.samplePrompt || "";
	if (prompt === "") return;
	const started = performance.now();
	const sampling = { max_new_tokens: ANSWER_TOKENS, temperature: 0, top_p: 1, top_k: 0, seed: 0 };
	let text = "";
	const request = { prompt, chat_template_kwargs: templateVariables(), ...sampling, adapterStrength: 1 };
	await api.generate(request, (piece) => {
		text += piece;
		useRank.setState({ answer: { prompt, text, milliseconds: performance.now() - started } });
	});
	useRank.setState({ answer: { prompt, text, milliseconds: performance.now() - started } });
}

/** Restores the full adapter. */
export async function endCut(): Promise<void> {
	requested = null;
	await ask((api) => api.endPreview());
}

export function keepCut(): Promise<void> {
	return ask(async (api) => {
		const { rank, ranks } = useRank.getState().cut;
		setAdapter(await api.keepCut({ rank, ranks }));
		await openSpectrum();
	});
}

export function compareSubspaces(first: string, second: string, side: OverlapSide): Promise<void> {
	useRank.setState({ overlap: null, error: null });
	return ask(async (api) => {
		useRank.setState({ overlap: await api.overlap(refOf(first), refOf(second), side) });
	});
}

export function advise(group: string, runs: RankRun[]): Promise<void> {
	return ask(async (api) => useRank.setState({ advice: { group, advice: await api.adviseRank(runs) } }));
}

export async function calculate(shape: MethodShape): Promise<void> {
	useRank.setState({ shape, error: null });
	const { api } = useEngine.getState();
	if (api === null) return;
	try {
		useRank.setState({ cost: await api.shapeCost(shape) });
	} catch (error) {
		useRank.setState({ cost: null, error: toErrorInfo(error) });
	}
}
