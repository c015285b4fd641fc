// Actions of the library: switch adapters, ask several at once, blend, import, train three examples.
import type { EngineApi, NamedFile, RunRecord, SlotRef } from "../../../src/engine/api.ts";
import { toErrorInfo } from "../../engine.ts";
import { templateVariables } from "../compare/actions.ts";
import { chooseSet } from "../data/actions.ts";
import { useData } from "../data/store.ts";
import { droppedFiles } from "../model/dropped-folder.ts";
import { setAdapter, useEngine } from "../model/store.ts";
import { startRun } from "../run/actions.ts";
import { refreshRuns } from "../run/run-list.ts";
import { isBusy, useRun } from "../run/store.ts";
import { BASE, combinationOf, type LibraryState, sharesBatch, useLibrary } from "./store.ts";

const GREEDY = { temperature: 0, top_p: 1, top_k: 0, seed: 0, adapterStrength: 1 };
const ANSWER_TOKENS = 48;
const greedy = (prompt: string) => ({
	prompt,
	chat_template_kwargs: templateVariables(),
	max_new_tokens: ANSWER_TOKENS,
	...GREEDY,
});
/** Adapter slots per batch, including the base; more adapters go into further batches. */
const MAX_SLOTS = 8;
/** Three styles that are easy to distinguish. */
const EXAMPLES = ["pirate", "moon", "sleepy"];
/** Enough steps for each style to show. */
export const EXAMPLE_STEPS = 24;

async function work(busy: LibraryState["busy"], action: (api: EngineApi) => Promise<void>): Promise<void> {
	const { api } = useEngine.getState();
	if (api === null || isBusy(useRun.getState().state) || useLibrary.getState().busy !== null) return;
	useLibrary.setState({ busy, error: null });
	try {
		await action(api);
	} catch (error) {
		useLibrary.setState({ error: toErrorInfo(error) });
	} finally {
		useLibrary.setState({ busy: null });
	}
}

/** Makes a run's adapter the one in memory. */
async function openAdapter(api: EngineApi, id: string): Promise<void> {
	const started = performance.now();
	const adapter = await api.openRun(id);
	useLibrary.setState({ inUse: id, switched: performance.now() - started, blended: null });
	setAdapter(adapter);
}

export const switchTo = (id: string): Promise<void> => work(null, (api) => openAdapter(api, id));

/** Asks the base and every adapter that can share a batch together, then the others one by one. */
export function askEach(runs: readonly RunRecord[], prompt: string): Promise<void> {
	return work("asking", async (api) => {
		useLibrary.setState({ answers: {}, pace: null });
		const request = greedy(prompt);
		const say = (id: string, piece: string) =>
			useLibrary.setState(({ answers }) => ({ answers: { ...answers, [id]: (answers[id] ?? "") + piece } }));
		const ids = runs.filter(sharesBatch).map(({ id }) => id);
		for (let from = 0; from < Math.max(1, ids.length); from += MAX_SLOTS - 1) {
			const some = ids.slice(from, from + MAX_SLOTS - 1);
			const adapters: SlotRef[] = some.map((id) => ({ kind: "run", id }));
			const slots: SlotRef[] = from === 0 ? [{ kind: "base" }, ...adapters] : adapters;
			const places = from === 0 ? [BASE, ...some] : some;
			const { pace } = await api.generateTogether(slots, request, (slot, piece) => say(places[slot], piece));
			useLibrary.setState({ pace: pace.tokens / pace.seconds });
		}
		for (const { id } of runs.filter((run) => !sharesBatch(run))) {
			await openAdapter(api, id);
			await api.generate(request, (piece) => say(id, piece));
		}
	});
}

/** Imports adapters into the library: one zip each, or one folder. */
export function importInto(name: string, source: Blob | NamedFile[]): Promise<void> {
	return work("keeping", async (api) => {
		await api.keepAdapter(name, source);
		await refreshRuns();
	});
}

export async function importFolder(folder: FileSystemDirectoryEntry): Promise<void> {
	await importInto(folder.name, await droppedFiles(folder));
}

/** Adds the adapter in memory (a blend or a cut) to the library. */
export function keepBlend(name: string): Promise<void> {
	return work("keeping", async (api) => {
		const { id } = await api.keepAdapter(name, null);
		await refreshRuns();
		useLibrary.setState({ inUse: id });
	});
}

/** Makes the blend the adapter in memory and generates an answer. */
export function blendChosen(runs: readonly RunRecord[], prompt: string): Promise<void> {
	return work("blending", async (api) => {
		const { weights, combination } = useLibrary.getState();
		const started = performance.now();
		const adapter = await api.blend(
			runs.map(({ id, name }) => ({ name, ref: { kind: "run", id } })),
			{
				weights: runs.map(({ id }) => weights[id] ?? 1),
				combination_type: combinationOf(runs, combination),
				svd_rank: null,
			},
		);
		setAdapter(adapter);
		useLibrary.setState({ inUse: null, switched: performance.now() - started, blended: "" });
		await api.generate(greedy(prompt), (piece) =>
			useLibrary.setState(({ blended }) => ({ blended: (blended ?? "") + piece })),
		);
	});
}

/** Trains three gallery sets in turn, each with its suggested settings. */
export async function trainExamples(): Promise<void> {
	const { gallery } = useData.getState();
	useLibrary.setState({ busy: "examples", error: null });
	try {
		for (const id of EXAMPLES) {
			const set = gallery.find((one) => one.id === id);
			if (set === undefined) continue;
			await chooseSet(set, { max_steps: String(EXAMPLE_STEPS) });
			await startRun(false);
			if (useRun.getState().state !== "finished") break;
		}
	} finally {
		useLibrary.setState({ busy: null });
	}
}
