// Asks base and tuned the same thing, one after the other on the one GPU, and moves adapters in and out.

import { toErrorInfo } from "../engine.ts";
import { translator } from "../i18n/index.ts";
import { bytes } from "../lib/format.ts";
import { EMPTY_ANSWER, type Side, useCompare } from "../stores/compare.ts";
import { useData } from "../stores/data.ts";
import { useEngine } from "../stores/engine.ts";
import { isBusy, useRun } from "../stores/run.ts";
import { useUi } from "../stores/ui.ts";

/** Grows with every Generate: an older one sees that it is no longer wanted. */
let turn = 0;
/** The generation in hand, so that a new one waits until the old one has let go of the GPU. */
let current: Promise<void> = Promise.resolve();

export function compareSides(): Promise<void> {
	return begin(["base", "tuned"], null);
}

/** On arrival: one line of the base, so that the page is alive before anyone presses anything. */
export function firstLine(): Promise<void> {
	return begin(["base"], 32);
}

async function begin(sides: Side[], limit: number | null): Promise<void> {
	const mine = ++turn;
	if (useCompare.getState().generating) await cancel();
	await current;
	if (mine !== turn) return;
	current = generate(sides, limit, mine);
	await current;
}

async function generate(sides: Side[], limit: number | null, mine: number): Promise<void> {
	const { api, adapter } = useEngine.getState();
	const { prompt, temperature, top_p, max_new_tokens, seed, strength } = useCompare.getState();
	if (api === null || prompt.trim() === "" || isBusy(useRun.getState().state)) return;
	const asked = sides.filter((side) => side === "base" || adapter !== null);
	useCompare.setState({ generating: true, error: null });
	for (const side of asked) useCompare.setState({ [side]: { text: "", state: "waiting" } });
	try {
		for (const side of asked) {
			if (mine !== turn) break;
			let text = "";
			useCompare.setState({ [side]: { text, state: "writing" } });
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
					if (mine === turn) useCompare.setState({ [side]: { text, state: "writing" } });
				},
			);
			useCompare.setState({ [side]: { text: result.text, cut: result.stopped === "length", state: "done" } });
			if (result.stopped === "cancelled") break;
		}
	} catch (error) {
		useCompare.setState({ error: toErrorInfo(error) });
	} finally {
		// A side that was never reached goes back to empty; one cut off keeps what it has.
		for (const side of asked) {
			const answer = useCompare.getState()[side];
			if (answer.state !== "done") useCompare.setState({ [side]: answer.text === "" ? EMPTY_ANSWER : { ...answer, state: "done" } });
		}
		useCompare.setState({ generating: false });
	}
}

export async function cancelGeneration(): Promise<void> {
	turn++;
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
