// The library's deeds: an exchange with its time, one prompt to several adapters, a blend, three examples trained in turn.
import type { EngineApi, RunRecord } from "../../src/engine/api.ts";
import { toErrorInfo } from "../engine.ts";
import { useData } from "../stores/data.ts";
import { useEngine } from "../stores/engine.ts";
import { type LibraryState, useLibrary } from "../stores/library.ts";
import { isBusy, useRun } from "../stores/run.ts";
import { chooseSet } from "./data.ts";
import { startRun } from "./run.ts";

const GREEDY = { temperature: 0, top_p: 1, top_k: 0, seed: 0, adapterStrength: 1 };
const ANSWER_TOKENS = 48;
/** Three manners that cannot be mistaken for one another. */
const EXAMPLES = ["pirate", "moon", "sleepy"];
/** Enough for each manner to show. */
export const EXAMPLE_STEPS = 24;

async function work(busy: LibraryState["busy"], deed: (api: EngineApi) => Promise<void>): Promise<void> {
	const { api } = useEngine.getState();
	if (api === null || isBusy(useRun.getState().state) || useLibrary.getState().busy !== null) return;
	useLibrary.setState({ busy, error: null });
	try {
		await deed(api);
	} catch (error) {
		useLibrary.setState({ error: toErrorInfo(error) });
	} finally {
		useLibrary.setState({ busy: null });
	}
}

/** Puts a run's adapter in the place of the one in memory. */
async function exchange(api: EngineApi, id: string): Promise<void> {
	const started = performance.now();
	const adapter = await api.openRun(id);
	useLibrary.setState({ inUse: id, switched: performance.now() - started, blended: null });
	useEngine.setState({ adapter });
}

export const switchTo = (id: string): Promise<void> => work(null, (api) => exchange(api, id));

/** One after the other over the one base; each exchange is a write. */
export function askEach(runs: readonly RunRecord[], prompt: string): Promise<void> {
	return work("asking", async (api) => {
		useLibrary.setState({ answers: {} });
		for (const { id } of runs) {
			await exchange(api, id);
			await api.generate({ prompt, ...GREEDY, max_new_tokens: ANSWER_TOKENS }, (piece) =>
				useLibrary.setState(({ answers }) => ({ answers: { ...answers, [id]: (answers[id] ?? "") + piece } })),
			);
		}
	});
}

/** The blend becomes the adapter in memory, and answers. */
export function blendChosen(runs: readonly RunRecord[], prompt: string): Promise<void> {
	return work("blending", async (api) => {
		const { weights, combination } = useLibrary.getState();
		const started = performance.now();
		const adapter = await api.blend(
			runs.map(({ id, name }) => ({ name, ref: { kind: "run", id } })),
			{ weights: runs.map(({ id }) => weights[id] ?? 1), combination_type: combination, svd_rank: null },
		);
		useEngine.setState({ adapter });
		useLibrary.setState({ inUse: null, switched: performance.now() - started, blended: "" });
		await api.generate({ prompt, ...GREEDY, max_new_tokens: ANSWER_TOKENS }, (piece) =>
			useLibrary.setState(({ blended }) => ({ blended: (blended ?? "") + piece })),
		);
	});
}

/** Trains three sets of the gallery in turn, each with the settings it suggests. */
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
