// The command's output: messages go to stderr, results to stdout as JSON.
import { type MessageText, textOf } from "../shared/messages/message.ts";

// A closed terminal or pipe must not end a run.
process.stderr.on("error", () => undefined);

export function say(message: MessageText): void {
	process.stderr.write(`${textOf(message)}\n`);
}

/** Prints the result and resolves once the pipe has accepted it. */
export async function result(value: unknown): Promise<void> {
	const line = `${JSON.stringify(value)}\n`;
	await new Promise<void>((resolve, reject) => {
		process.stdout.write(line, (error) => (error ? reject(error) : resolve()));
	});
}

/** Converts keys to snake_case, which results use: trainableParameters becomes trainable_parameters. */
export function snakeCase(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(snakeCase);
	if (typeof value !== "object" || value === null) return value;
	const snake = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
	return Object.fromEntries(Object.entries(value).map(([key, entry]) => [snake(key), snakeCase(entry)]));
}
