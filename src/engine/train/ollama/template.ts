// Converts a chat template to Go's template language, as used in Ollama's Modelfiles (https://docs.ollama.com/modelfile): the text
// around the turns is read from rendered conversations, and the result is checked against other conversations.
import type { ChatTemplate, Message } from "../../data/chat-template.ts";
import type { SpecialTokens } from "../../data/tokenizer.ts";

/** The texts around the content of each kind of turn. */
interface Turns {
	/** Before the first turn of a conversation without a system message. */
	readonly head: string;
	/** Absent where the template has no turn for system messages. */
	readonly system?: readonly [string, string];
	readonly user: readonly [string, string];
	readonly assistant: readonly [string, string];
	/** Begins the answer. */
	readonly prompt: string;
}

const [SYSTEM, FIRST, ANSWER, SECOND] = ["Be short", "Which one", "That one", "And then"];
const user = (content: string): Message => ({ role: "user", content });
const assistant = (content: string): Message => ({ role: "assistant", content });
const system: Message = { role: "system", content: SYSTEM };

/** The template in Go's language; null for one that turns alone do not describe. */
export function ollamaTemplate(chat: ChatTemplate, special: SpecialTokens): string | null {
	const bos = special.bos_token ?? "";
	/** Without the first token, which Ollama adds. */
	const render = (messages: readonly Message[], add_generation_prompt: boolean): string => {
		const text = chat.render(messages, { add_generation_prompt, special });
		return bos !== "" && text.startsWith(bos) ? text.slice(bos.length) : text;
	};
	try {
		const turns = turnsOf(render);
		if (turns === null) return null;
		const text = goTemplate(turns);
		const conversations = [
			[user("Hello")],
			[user(FIRST), assistant("So"), user("Why"), assistant("Because"), user(SECOND)],
			...(turns.system === undefined ? [] : [[system, user("Hello"), assistant("Hi"), user("Bye")]]),
		];
		const same = conversations.every((messages) => expand(turns, messages) === render(messages, true));
		const quotable =
			!text.includes('"""') &&
			!Object.values(turns)
				.flat()
				.some((part) => part.includes("{{"));
		return same && quotable ? text : null;
	} catch {
		return null; // the template refuses such a conversation
	}
}

function turnsOf(render: (messages: readonly Message[], prompt: boolean) => string): Turns | null {
	const conversation = [user(FIRST), assistant(ANSWER), user(SECOND)];
	const plain = render(conversation, false);
	const prompted = render(conversation, true);
	const parts = between(plain, [FIRST, ANSWER, SECOND]);
	if (parts === null || !prompted.startsWith(plain)) return null;
	const [start, middle, next, afterUser] = parts;
	const [, , afterAnswer] = between(render(conversation.slice(0, 2), false), [FIRST, ANSWER]) ?? [];
	if (!middle.startsWith(afterUser) || afterAnswer === undefined || !next.startsWith(afterAnswer)) return null;
	const beforeUser = next.slice(afterAnswer.length);
	if (!start.endsWith(beforeUser)) return null;
	const turns: Turns = {
		head: start.slice(0, start.length - beforeUser.length),
		user: [beforeUser, afterUser],
		assistant: [middle.slice(afterUser.length), afterAnswer],
		prompt: prompted.slice(plain.length),
	};
	const withSystem = between(attempt(() => render([system, user(FIRST)], false)) ?? "", [SYSTEM, FIRST]);
	if (withSystem === null || !withSystem[1].endsWith(beforeUser)) return turns;
	const [before, after] = withSystem;
	return { ...turns, system: [before, after.slice(0, after.length - beforeUser.length)] };
}

function attempt(render: () => string): string | null {
	try {
		return render();
	} catch {
		return null;
	}
}

/** The texts before, between and after the contents; null if one is missing. */
function between(text: string, contents: readonly string[]): string[] | null {
	const parts: string[] = [];
	let rest = text;
	for (const content of contents) {
		const at = rest.indexOf(content);
		if (at === -1) return null;
		parts.push(rest.slice(0, at));
		rest = rest.slice(at + content.length);
	}
	return [...parts, rest];
}

/** The actions trim no white space, because the texts around them have meaning. */
function goTemplate({ head, system: around, user: [before, after], assistant: [begin, end], prompt }: Turns): string {
	const turn = (role: string, [from, to]: readonly [string, string], next: string) =>
		`{{ ${next}if eq .Role "${role}" }}${from}{{ .Content }}${to}`;
	const roles = [
		...(around === undefined ? [] : [turn("system", around, "")]),
		turn("user", [before, after], around === undefined ? "" : "else "),
		turn("assistant", [begin, end], "else "),
	];
	const start = head === "" ? "" : around === undefined ? head : `{{ if not .System }}${head}{{ end }}`;
	return `${start}{{ range .Messages }}${roles.join("")}{{ end }}{{ end }}${prompt}`;
}

/** What the Go template gives for a conversation that the model answers next. */
function expand({ head, prompt, ...turns }: Turns, messages: readonly Message[]): string {
	const hasSystem = messages[0].role === "system";
	const written = messages.map(({ role, content }) => {
		const [before, after] = turns[role as "system" | "user" | "assistant"] ?? ["", ""];
		return `${before}${content}${after}`;
	});
	return `${hasSystem ? "" : head}${written.join("")}${prompt}`;
}
