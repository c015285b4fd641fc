// Messages of the engine: an id and the values of its text. The texts are in one table per language (en.ts, zh.ts), which a
// program loads when it shows a message: the command and the package at start, the page when it is idle.

/** The names in a text's braces: "file" | "line" of "{file}, line {line}". JSON and {…} in a text are not names. */
type NamesIn<S extends string> = S extends `${string}{${infer Name}}${infer Rest}`
	? (Name extends `${string}${'"' | "…" | " "}${string}` ? never : Name) | NamesIn<Rest>
	: never;
type Strings = Readonly<Record<string, string>>;
type Values<S extends string> = [NamesIn<S>] extends [never]
	? []
	: [values: Readonly<Record<NamesIn<S>, string | number | Message>>];

/** A message as it crosses the worker boundary and as a stored run keeps it. */
export interface Message {
	/** The table and the key in it: "data.csvFieldCount". */
	readonly id: string;
	/** Values of the {names} in the text; a message among them is translated too. */
	readonly values: Readonly<Record<string, string | number | Message>>;
}

/** A message, or a text that has no translation: a file name, an exception of a library. */
export type MessageText = string | Message;

/** The translation of a table: the same keys. A unit test checks that the texts have the same {names}. */
export type Translation<T extends Strings> = Readonly<Record<keyof T, string>>;

/** Whether a value from another thread or from storage is a MessageText. */
export const isMessageText = (value: unknown): value is MessageText =>
	typeof value === "string" ||
	(typeof value === "object" && value !== null && "id" in value && typeof value.id === "string" && "values" in value);

let english: ((message: Message) => string) | null = null;

/** Sets how `textOf` finds English texts; en.ts calls it when it is loaded. */
export function setEnglish(text: (message: Message) => string): void {
	english = text;
}

/** The English text; its id and values in a thread that has not loaded en.ts. */
export const textOf = (text: MessageText): string =>
	typeof text === "string" ? text : english === null ? `${text.id} ${JSON.stringify(text.values)}` : english(text);

/** The longest value in a message: files of strangers have names and values of any length. */
const LONGEST_VALUE = 1000;

/** A text cut to the length of a value. */
export const shortened = (text: string): string =>
	text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)}… (${text.length} characters)`;

/** The text with its {names} filled in. */
function fill(text: string, values: Message["values"], show: (message: Message) => string): string {
	return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
		const value = values[name];
		return value === undefined ? whole : typeof value === "object" ? show(value) : String(value);
	});
}

/** Creates the messages of one table: `message("csvFieldCount", { fields, header })`. */
export type CreateMessage<T extends Strings> = <K extends keyof T & string>(key: K, ...args: Values<T[K]>) => Message;

// The return type has a name, so that the package's declarations can refer to it.
export function messagesOf<T extends Strings>(table: string): CreateMessage<T> {
	return (key, ...args) => {
		const values: Record<string, string | number | Message> = { ...args[0] };
		for (const [name, value] of Object.entries(values)) if (typeof value === "string") values[name] = shortened(value);
		return { id: `${table}.${key}`, values };
	};
}

type Tables = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Shows messages in the language of `tables`. An id that only another version of TabTune knows is shown with its values. */
export function textsIn(tables: Tables): (message: Message) => string {
	const show = (message: Message): string => {
		const dot = message.id.indexOf(".");
		const text = tables[message.id.slice(0, dot)]?.[message.id.slice(dot + 1)];
		return text === undefined
			? [
					message.id,
					...Object.values(message.values).map((value) => (typeof value === "object" ? show(value) : value)),
				].join(" ")
			: fill(text, message.values, show);
	};
	return show;
}
