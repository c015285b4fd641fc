// Where words go: messages to stderr, results to stdout as JSON.
import { type MessageText, textOf } from "../shared/messages/message.ts";

export function say(message: MessageText): void {
	process.stderr.write(`${textOf(message)}\n`);
}

/** Waits for a full pipe. */
export async function result(value: unknown): Promise<void> {
	const line = `${JSON.stringify(value)}\n`;
	await new Promise<void>((resolve, reject) => {
		process.stdout.write(line, (error) => (error ? reject(error) : resolve()));
	});
}

/** The same with keys in snake_case, as results have them: what the page calls trainableParameters is trainable_parameters. */
export function snakeCase(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(snakeCase);
	if (typeof value !== "object" || value === null) return value;
	const snake = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
	return Object.fromEntries(Object.entries(value).map(([key, held]) => [snake(key), snakeCase(held)]));
}
