// Asks base and tuned the same thing, one after the other on the one GPU, and moves adapters in and out.

import type { EngineApi } from "../../src/engine/api.ts";
import { toErrorInfo } from "../engine.ts";
import { translator } from "../i18n/index.ts";
import { bytes } from "../lib/format.ts";
import { type CompareState, EMPTY_ANSWER, type Side, useCompare } from "../stores/compare.ts";
import { useData } from "../stores/data.ts";
import { useEngine } from "../stores/engine.ts";
import { isBusy, useRun } from "../stores/run.ts";
import { useUi } from "../stores/ui.ts";

/** Grows with every Generate: an older one sees that it is no longer wanted, and writes no more. */
let turn = 0;
/** The turn that Cancel was pressed in. */
let cancelled = -1;
/** The generation in hand, so that a new one waits until the old one has let go of the GPU. */
let current: Promise<void> = Promise.resolve();

export function compareSides(): Promise<void> {
	return begin(["base", "tuned"], null);
}

/** On arrival: one line of the base, so that the page is alive before anyone presses anything. */
export function firstLine(): Promise<void> {
	return begin(["base"], 32);
}

async function begin(wanted: Side[], limit: number | null): Promise<void> {
	const { api, adapter } = useEngine.getState();
	const { prompt, generating } = useCompare.getState();
	if (api === null || prompt.trim() === "" || isBusy(useRun.getState().state)) return;
	const mine = ++turn;
	const sides = wanted.filter((side) => side === "base" || adapter !== null);
	useCompare.setState({ generating: true, error: null });
	for (const side of sides) useCompare.setState({ [side]: { text: "", state: "waiting" } });
	if (generating) await cancel();
	await current;
	if (mine !== turn) return;
	current = generate(api, sides, limit, mine);
	await current;
}

async function generate(api: EngineApi, sides: Side[], limit: number | null, mine: number): Promise<void> {
	const { prompt, temperature, top_p, max_new_tokens, seed, strength } = useCompare.getState();
	const write = (state: Partial<CompareState>) => {
		if (mine === turn) useCompare.setState(state);
	};
	try {
		for (const side of sides) {
			if (mine !== turn || mine === cancelled) break;
			let text = "";
			write({ [side]: { text, state: "writing" } });
			const result = await api.generate(
				{
					prompt,
					adapterStrength: side === "base" ? 0 : strength,
					max_new_tokens: limit ?? max_new_tokens,
					temperature,
					top_p,
					top_k: 0,
					seed,
				},
				(piece) => {
					text += piece;
					// A piece may come after the result, by another port: the result is whole, the piece is dropped.
					if (useCompare.getState()[side].state === "writing") write({ [side]: { text, state: "writing" } });
				},
			);
			const begun = result.stopped !== "cancelled" || result.text !== "";
			write({ [side]: begun ? { text: result.text, cut: result.stopped === "length", state: "done" } : EMPTY_ANSWER });
		}
	} catch (error) {
		write({ error: toErrorInfo(error) });
	} finally {
		// A side that was never reached goes back to empty; one cut off keeps what it has.
		for (const side of sides) {
			const answer = useCompare.getState()[side];
			if (answer.state !== "done") write({ [side]: answer.text === "" ? EMPTY_ANSWER : { ...answer, state: "done" } });
		}
		write({ generating: false });
	}
}

export async function cancelGeneration(): Promise<void> {
	cancelled = turn;
	await cancel();
}

async function cancel(): Promise<void> {
	await useEngine
		.getState()
		.api?.cancelGenerate()
		.catch((error: unknown) => useCompare.setState({ error: toErrorInfo(error) }));
}

/** Saves the adapter as a zip named after data, rank and alpha. */
export async function downloadAdapter(): Promise<void> {
	const { api, adapter } = useEngine.getState();
	if (api === null || adapter === null) return;
	try {
		const url = URL.createObjectURL(await api.exportAdapter());
		const link = document.createElement("a");
		link.href = url;
		const data = (useRun.getState().dataName || useData.getState().source?.name || "adapter").replace(/\.\w+$/, "");
		link.download = `tabtune-${data.replace(/[^\p{L}\p{N}]+/gu, "-")}-r${adapter.r}.zip`;
		link.click();
		// The download has taken hold of the blob by then; keeping the URL would keep the bytes.
		setTimeout(() => URL.revokeObjectURL(url), 60_000);
	} catch (error) {
		useCompare.setState({ error: toErrorInfo(error) });
	}
}

export async function importAdapter(zip: Blob): Promise<void> {
	const { api } = useEngine.getState();
	if (api === null) return;
	useCompare.setState({ error: null, imported: null });
	try {
		const adapter = await api.importAdapter(zip);
		useEngine.setState({ adapter });
		const t = translator(useUi.getState().lang);
		const { name, r, modules, adapterBytes } = adapter;
		useCompare.setState({
			tuned: EMPTY_ANSWER,
			imported: t("compare.imported", { name, r, modules, size: bytes(adapterBytes) }),
		});
	} catch (error) {
		useCompare.setState({ error: toErrorInfo(error) });
	}
}
