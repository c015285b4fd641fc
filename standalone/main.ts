// The page of the stand-alone file: a chat with base and tuned model side by side, in plain DOM. Model, adapter and the
// engine's worker are embedded in the file (app/features/export/stand-alone.ts); nothing is fetched. Model output is rendered as text.
import { remoteApi } from "../app/remote-api.ts";
import type { EngineApi, NamedFile } from "../src/engine/api.ts";
import { messageInEnglish } from "../src/shared/messages/en.ts";
import { isMessageText } from "../src/shared/messages/message.ts";
import { messageInChinese } from "../src/shared/messages/zh.ts";
import { type Lang, type Word, word } from "./words.ts";

interface About {
	lang: Lang;
	title: string;
	model: string;
	samplePrompt: string;
	/** Variables of the chat template. */
	chat_template_kwargs: Record<string, unknown>;
	rows: number;
	steps: number;
	/** LoRA's rank; null for an adapter without LoRA. */
	r: number | null;
	first: string | null;
	last: string | null;
	licence: string | null;
}

interface Turn {
	prompt: string;
	base: string;
	tuned: string;
}

const SIDES = ["base", "tuned"] as const;
const NEW_TOKENS = 160;

const about = JSON.parse(content("about")) as About;
let lang = about.lang;
const turns: Turn[] = [];
/** Incremented by Stop: an older answer writes nothing more. */
let stopped = 0;

function content(id: string): string {
	return document.getElementById(id)?.textContent ?? "";
}

function make<K extends keyof HTMLElementTagNameMap>(
	tag: K,
	properties: Partial<HTMLElementTagNameMap[K]> = {},
	...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
	const element = Object.assign(document.createElement(tag), properties);
	element.append(...children);
	return element;
}

/** Texts in the current language. */
const worded: (() => void)[] = [];
function say<T extends HTMLElement>(element: T, key: Word, values?: () => Record<string, string | number>): T {
	const write = () => {
		element.textContent = word(lang, key, values?.());
	};
	worded.push(write);
	write();
	return element;
}

const status = say(make("p", { className: "muted", role: "status" }), "loading");
const list = make("ol", { className: "turns" });
const prompt = make("textarea", { id: "prompt", rows: 2, value: about.samplePrompt });
const ask = say(make("button", { type: "submit", className: "primary", disabled: true }), "ask");
const stop = say(make("button", { type: "button", hidden: true }), "stop");
const clear = say(make("button", { type: "button" }), "clear");
const strength = make("input", { id: "strength", type: "range", min: "0", max: "1.5", step: "0.05", value: "1" });
const temperature = make("input", {
	id: "temperature",
	type: "number",
	min: "0",
	max: "2",
	step: "0.1",
	value: "0.7",
});
const label = (id: string, key: Word) => say(make("label", { htmlFor: id }), key);
const form = make(
	"form",
	{},
	label("prompt", "prompt"),
	prompt,
	make("div", { className: "row" }, ask, stop, clear, status),
	make(
		"div",
		{ className: "row knobs" },
		label("strength", "strength"),
		strength,
		label("temperature", "temperature"),
		temperature,
	),
);
const language = say(make("button", { type: "button", className: "quiet" }), "language");

function facts(): string {
	const { rows, steps, r, first, last, licence } = about;
	return [
		about.model,
		...(steps > 0 ? [word(lang, "facts", { rows, steps }) + (r === null ? "" : word(lang, "rank", { r }))] : []),
		...(first !== null && last !== null ? [word(lang, "heldOut", { first, last })] : []),
		...(licence === null ? [] : [word(lang, "licence", { licence })]),
	].join(" · ");
}
const figures = make("p", { className: "muted" });
const conversation = make("section", {}, list);
worded.push(() => {
	figures.textContent = facts();
	conversation.setAttribute("aria-label", word(lang, "chat"));
	document.documentElement.lang = lang === "zh" ? "zh-Hans" : "en";
});

document.title = `${about.title} · TabTune`;
document.body.prepend(
	make(
		"main",
		{},
		make("header", {}, make("h1", { textContent: about.title }), language),
		say(make("p"), "about"),
		figures,
		conversation,
		form,
	),
);
for (const write of worded) write();
language.addEventListener("click", () => {
	lang = lang === "en" ? "zh" : "en";
	for (const write of worded) write();
});

/** The message of a rejection: an ErrorInfo of the engine, or an exception of this page. */
function reason(error: unknown): string {
	if (error instanceof Error) return error.message;
	if (typeof error !== "object" || error === null || !("what" in error)) return String(error);
	if (!isMessageText(error.what) || typeof error.what === "string") return String(error.what);
	return lang === "zh" ? messageInChinese(error.what) : messageInEnglish(error.what);
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
	return Uint8Array.from(atob(base64.trim()), (char) => char.charCodeAt(0));
}

async function open(): Promise<EngineApi> {
	const code = new Blob([content("worker")], { type: "text/javascript" });
	const engine = remoteApi<EngineApi>(new Worker(URL.createObjectURL(code)));
	await engine.probe();
	const files: NamedFile[] = [...document.querySelectorAll<HTMLElement>("script[data-path]")].map((element) => ({
		path: element.dataset.path ?? "",
		blob: new Blob([bytesOf(element.textContent ?? "")]),
	}));
	await engine.loadModel({ kind: "files", name: about.model, files });
	await engine.importAdapter(new Blob([bytesOf(content("adapter"))]));
	return engine;
}

async function answer(engine: EngineApi): Promise<void> {
	const text = prompt.value.trim();
	if (text === "" || ask.disabled) return;
	const mine = stopped;
	const turn: Turn = { prompt: text, base: "", tuned: "" };
	turns.push(turn);
	prompt.value = "";
	const cells = { base: make("p"), tuned: make("p") };
	list.append(
		make(
			"li",
			{},
			make("p", { className: "asked", textContent: text }),
			...SIDES.map((side) => make("div", { className: side }, say(make("h2"), side), cells[side])),
		),
	);
	busy(true);
	try {
		for (const side of SIDES) {
			if (mine !== stopped) break;
			const messages = turns.flatMap((t) => [
				{ role: "user", content: t.prompt },
				...(t === turn ? [] : [{ role: "assistant", content: t[side] }]),
			]);
			const request = {
				prompt: messages,
				chat_template_kwargs: about.chat_template_kwargs,
				adapterStrength: side === "base" ? 0 : Number(strength.value),
				max_new_tokens: NEW_TOKENS,
				temperature: Math.min(2, Math.max(0, Number(temperature.value) || 0)),
				top_p: 0.95,
				top_k: 0,
				seed: 42 + turns.length,
			};
			const result = await engine.generate(request, (piece: string) => {
				cells[side].append(piece);
			});
			turn[side] = result.text;
			cells[side].textContent = result.text;
		}
	} catch (error) {
		status.textContent = reason(error);
		return;
	} finally {
		busy(false);
	}
}

function busy(now: boolean): void {
	ask.disabled = now;
	stop.hidden = !now;
	conversation.setAttribute("aria-busy", String(now));
	status.textContent = word(lang, now ? "writing" : "ready");
}

open().then(
	(engine) => {
		busy(false);
		form.addEventListener("submit", (event) => {
			event.preventDefault();
			void answer(engine);
		});
		prompt.addEventListener("keydown", (event) => {
			// Enter that confirms an IME composition (pinyin, kana) does not send.
			if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
			event.preventDefault();
			void answer(engine);
		});
		stop.addEventListener("click", () => {
			stopped++;
			void engine.cancelGenerate();
		});
		clear.addEventListener("click", () => {
			turns.length = 0;
			list.replaceChildren();
		});
	},
	(error: unknown) => {
		status.textContent = word(lang, "failed", { what: reason(error) });
		status.className = "problem";
	},
);
