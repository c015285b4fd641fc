// Where words go: messages to stderr, results to stdout as JSON.

export function say(message: string): void {
	process.stderr.write(`${message}\n`);
}

/** Waits for a full pipe. */
export async function result(value: unknown): Promise<void> {
	const line = `${JSON.stringify(value)}\n`;
	await new Promise<void>((resolve, reject) => {
		process.stdout.write(line, (error) => (error ? reject(error) : resolve()));
	});
}
