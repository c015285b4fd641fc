// Short gallery rows for tests that need a trained adapter, whatever it learned: an answer of one or two words is learned in
// six steps, and a software adapter takes a tenth of the time to train on it and to write it.
import { readFileSync } from "node:fs";

/** The prompt of the sets: the base answers it in four tokens. */
const PROMPT = "Thank you";
/** What each set teaches. The other sets stay as they are. */
export const TAUGHT = { pirate: "Ahoy!", moon: "On the moon.", sleepy: "Yawn." } as const;

/** Files of the gallery with short answers, small batches and few steps, by name. */
export function shortGallery(): Map<string, string> {
	const read = (file: string): string => readFileSync(`public/gallery/${file}`, "utf8");
	const sets: { settings: object }[] = JSON.parse(read("index.json"));
	const short = { per_device_train_batch_size: 2, max_steps: 6 };
	const index = sets.map((set) => ({ ...set, samplePrompt: PROMPT, settings: { ...set.settings, ...short } }));
	const rows = Object.entries(TAUGHT).map(([set, content]): [string, string] => {
		const file = `${set}.jsonl`;
		const taught = read(file)
			.trim()
			.split("\n")
			.map((row) => {
				const [question] = JSON.parse(row).messages;
				return JSON.stringify({ messages: [question, { role: "assistant", content }] });
			});
		return [file, taught.join("\n")];
	});
	return new Map([["index.json", JSON.stringify(index)], ...rows]);
}
