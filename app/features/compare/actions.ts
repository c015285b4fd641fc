// Asks the base and the tuned model the same prompts, one after the other: one prompt, several, or a chat. Export and
// import of adapters are in export/actions.ts.

import type { EngineApi, GenerateRequest } from "../../../src/engine/api.ts";
import { toErrorInfo } from "../../engine.ts";
import { useEngine } from "../model/store.ts";
import { isBusy, useRun } from "../run/store.ts";
import { useSettings } from "../settings/store.ts";
import {
	type Answer,
	type CompareState,
	EMPTY_ANSWER,
	promptsOf,
	SIDES,
	type Side,
	type Turn,
	turnsOf,
	useCompare,
} from "./store.ts";

/** One answer to generate: its prompt, when to start, and where to store it. */
interface Ask {
	side: Side;
	prompt(): GenerateRequest["prompt"];
	read(state: CompareState): Answer;
	write(state: CompareState, answer: Answer): Partial<CompareState>;
}

/** Incremented by every Generate, so that an older generation sees that it is outdated and stops writing. */
let turn = 0;
/** The turn in which Cancel was pressed. */
let cancelled = -1;
/** The current generation, so that a new one waits until the old one has released the GPU. */
let current: Promise<void> = Promise.resolve();

/** Generates in the current mode. */
export function compareSides(): Promise<void> {
	const { mode } = useCompare.getState();
	if (mode === "set") return askSet();
	return mode === "chat" ? askChat() : begin(available(SIDES).map(oneAsk));
}

/** On arrival, generates one line from the base, so that the page shows what the model does before anything is pressed. */
export const firstLine = (): Promise<void> => begin([oneAsk("base")], 32);

/** Suggests the prompt of other rows. Answers to the one before are removed, and the base answers the new one. */
export async function suggestPrompt(prompt: string): Promise<void> {
	const { promptTouched, prompt: before, base, tuned } = useCompare.getState();
	if (promptTouched || prompt === before) return;
	useCompare.setState({ prompt });
	if (base.state === "empty" && tuned.state === "empty") return;
	useCompare.setState({ base: EMPTY_ANSWER, tuned: EMPTY_ANSWER });
	if (useEngine.getState().phase === "ready") await firstLine();
}

/** Generates the tuned answers again at another strength. */
export function askTunedAgain(): Promise<void> {
	useCompare.setState(withoutScores);
	const { mode, set, tuned } = useCompare.getState();
	if (mode === "one" && tuned.state !== "empty") return begin(available(["tuned"]).map(oneAsk));
	if (mode === "set") return begin(set.flatMap((_, i) => available(["tuned"]).map((side) => turnAsk("set", i, side))));
	return Promise.resolve();
}

/** Scores are valid for one strength only. */
function withoutScores({ base, tuned, set, chat }: CompareState): Partial<CompareState> {
	const bare = (answer: Answer): Answer => ({ ...answer, scores: undefined });
	const turns = (list: Turn[]) => list.map((t) => ({ ...t, base: bare(t.base), tuned: bare(t.tuned) }));
	return { base: bare(base), tuned: bare(tuned), set: turns(set), chat: turns(chat) };
}

function askSet(): Promise<void> {
	const set = promptsOf(useCompare.getState().promptSet).map(emptyTurn);
	useCompare.setState({ set });
	return begin(set.flatMap((_, i) => available(SIDES).map((side) => turnAsk("set", i, side))));
}

function askChat(): Promise<void> {
	const { prompt, chat } = useCompare.getState();
	if (prompt.trim() === "") return Promise.resolve();
	useCompare.setState({ chat: [...chat, emptyTurn(prompt)], prompt: "", promptTouched: true });
	return begin(available(SIDES).map((side) => turnAsk("chat", chat.length, side)));
}

const emptyTurn = (prompt: string): Turn => ({ prompt, base: EMPTY_ANSWER, tuned: EMPTY_ANSWER });

/** The tuned model is asked only if there is an adapter. */
const available = (sides: readonly Side[]): Side[] =>
	sides.filter((side) => side === "base" || useEngine.getState().adapter !== null);

function oneAsk(side: Side): Ask {
	return {
		side,
		prompt: () => useCompare.getState().prompt,
		read: (state) => state[side],
		write: (_, answer) => ({ [side]: answer }),
	};
}

function turnAsk(list: "set" | "chat", index: number, side: Side): Ask {
	return {
		side,
		prompt() {
			const turns = useCompare.getState()[list];
			if (list === "set") return turns[index].prompt;
			// Each side has its own history.
			return turns
				.slice(0, index + 1)
				.flatMap(({ prompt, [side]: { text } }, i) => [
					{ role: "user", content: prompt },
					...(i < index ? [{ role: "assistant", content: text }] : []),
				]);
		},
		read: (state) => state[list][index]?.[side] ?? EMPTY_ANSWER,
		write: (state, answer) => ({ [list]: state[list].map((t, i) => (i === index ? { ...t, [side]: answer } : t)) }),
	};
}

/** Variables of the chat template: those that the adapter was trained with, then those of the settings. */
export function templateVariables(): Record<string, unknown> {
	const trained = useEngine.getState().adapter?.training?.settings.chat_template_kwargs;
	return { ...trained, ...useSettings.getState().settings.chat_template_kwargs };
}

async function begin(asks: Ask[], limit: number | null = null): Promise<void> {
	const { api } = useEngine.getState();
	const { mode, prompt, generating } = useCompare.getState();
	if (api === null || asks.length === 0 || isBusy(useRun.getState().state)) return;
	if (mode === "one" && prompt.trim() === "") return;
	const mine = ++turn;
	useCompare.setState({ generating: true, error: null });
	for (const { write } of asks) useCompare.setState((state) => write(state, { text: "", state: "waiting" }));
	if (generating) await cancel();
	await current;
	if (mine !== turn) return;
	current = generate(api, asks, limit, mine);
	await current;
	if (mine === turn && useCompare.getState().coloured) await scoreAnswers();
}

async function generate(api: EngineApi, asks: readonly Ask[], limit: number | null, mine: number): Promise<void> {
	const { temperature, top_p, max_new_tokens, seed, strength } = useCompare.getState();
	const put = (ask: Ask, answer: Answer) => {
		if (mine === turn) useCompare.setState((state) => ask.write(state, answer));
	};
	const sampling = { max_new_tokens: limit ?? max_new_tokens, temperature, top_p, top_k: 0, seed };
	const options = { ...sampling, chat_template_kwargs: templateVariables() };
	try {
		for (const ask of asks) {
			if (mine !== turn || mine === cancelled) break;
			let text = "";
			const prompt = ask.prompt();
			const question = typeof prompt === "string" ? { asked: prompt } : {};
			put(ask, { ...question, text, state: "writing" });
			const request = { prompt, adapterStrength: ask.side === "base" ? 0 : strength, ...options };
			const result = await api.generate(request, (piece) => {
				text += piece;
				// A piece may arrive after the result, through another port. The result is complete, so the piece is dropped.
				if (ask.read(useCompare.getState()).state === "writing") put(ask, { ...question, text, state: "writing" });
			});
			const { input_ids, output_ids, stopped } = result;
			const begun = stopped !== "cancelled" || result.text !== "";
			const cut = stopped === "length";
			const done: Answer = { ...question, text: result.text, cut, state: "done", input_ids, output_ids };
			put(ask, begun ? done : EMPTY_ANSWER);
		}
	} catch (error) {
		if (mine === turn) useCompare.setState({ error: toErrorInfo(error) });
	} finally {
		// A side that was never reached is emptied; one that was interrupted keeps its text.
		for (const ask of asks) {
			const answer = ask.read(useCompare.getState());
			if (answer.state !== "done") put(ask, answer.text === "" ? EMPTY_ANSWER : { ...answer, state: "done" });
		}
		if (mine === turn) useCompare.setState({ generating: false });
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

/** Turns the colours on or off, and scores the answers shown. */
export async function colourAnswers(coloured: boolean): Promise<void> {
	useCompare.setState({ coloured });
	if (coloured) await scoreAnswers();
}

/** Scores the finished answers that have no scores yet. */
async function scoreAnswers(): Promise<void> {
	const { api, adapter } = useEngine.getState();
	const state = useCompare.getState();
	if (api === null || adapter === null || state.generating || isBusy(useRun.getState().state)) return;
	const { mode, strength } = state;
	try {
		for (const [index] of turnsOf(state).entries()) {
			for (const side of SIDES) {
				const ask = mode === "one" ? oneAsk(side) : turnAsk(mode, index, side);
				const answer = ask.read(useCompare.getState());
				const { input_ids = [], output_ids = [], scores } = answer;
				if (answer.state !== "done" || scores !== undefined || output_ids.length === 0) continue;
				const fresh = await api.score(input_ids, output_ids, strength);
				// The answer may have been replaced in the meantime.
				if (ask.read(useCompare.getState()) === answer)
					useCompare.setState((now) => ask.write(now, { ...answer, scores: fresh }));
			}
		}
	} catch (error) {
		useCompare.setState({ error: toErrorInfo(error) });
	}
}
