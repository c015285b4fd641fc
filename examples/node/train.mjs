// Teaches a model to answer in capitals, in Node: node train.mjs path/to/model
import { writeFile } from "node:fs/promises";
import { createEngine, folderFiles, runSettings } from "tabtune/node";

const engine = createEngine();
await engine.loadModel({ kind: "files", name: "base", files: await folderFiles(process.argv[2]) });

const words = ["fox", "owl", "cow", "frog", "hen", "bee", "cat", "dog"];
const rows = words.map((word) => ({
	messages: [
		{ role: "user", content: `Tell me about a ${word}.` },
		{ role: "assistant", content: `THE ${word.toUpperCase()} IS HAPPY.` },
	],
}));
const blob = new Blob([rows.map((row) => JSON.stringify(row)).join("\n")]);
const run = {
	settings: runSettings({ r: 8, max_steps: 30, learning_rate: 0.01 }),
	data: { name: "capitals.jsonl", format: "jsonl", blob },
	heldOut: 0,
	samplePrompt: null,
	sampleEvery: 0,
	continueAdapter: false,
};
const summary = await engine.train(run, (events) => {
	for (const event of events) if (event.type === "step") console.error(`step ${event.step}: ${event.loss.toFixed(3)}`);
});

const ask = { prompt: "Tell me about a goat.", max_new_tokens: 24, temperature: 0, top_p: 1, top_k: 0, seed: 0 };
const before = await engine.generate({ ...ask, adapterStrength: 0 }, () => {});
const after = await engine.generate({ ...ask, adapterStrength: 1 }, () => {});
await writeFile("adapter.zip", new Uint8Array(await (await engine.exportAdapter()).arrayBuffer()));
console.log(JSON.stringify({ steps: summary.steps, before: before.text, after: after.text }));
process.exit(0);
