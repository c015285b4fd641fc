// Teaches a model to answer in capitals, in a bare page: choose the files of a model folder.
import { createEngine, runSettings } from "tabtune";

const engine = createEngine();
const input = document.querySelector<HTMLInputElement>("#files")!;
const says = document.querySelector<HTMLOutputElement>("#says")!;

const rows = ["fox", "owl", "cow", "frog", "hen", "bee", "cat", "dog"].map((word) => ({
	prompt: `A ${word} says:`,
	completion: ` THE ${word.toUpperCase()} IS HAPPY.`,
}));
const blob = new Blob([rows.map((row) => JSON.stringify(row)).join("\n")]);

input.onchange = async () => {
	const files = [...(input.files ?? [])].map((file) => ({ path: file.name, blob: file }));
	await engine.loadModel({ kind: "files", name: "base", files });
	const settings = runSettings({ r: 8, max_steps: 30, learning_rate: 0.01 });
	const data = { name: "capitals.jsonl", format: "jsonl" as const, blob };
	const run = { settings, data, heldOut: 0, samplePrompt: null, sampleEvery: 0, continueAdapter: false };
	await engine.train(run, (events) => {
		for (const event of events) if (event.type === "step") says.value = `step ${event.step}: ${event.loss.toFixed(3)}`;
	});
	const ask = { prompt: "A goat says:", raw: true, max_new_tokens: 12, temperature: 0, top_p: 1, top_k: 0, seed: 0 };
	const answers = [0, 1].map((adapterStrength) => engine.generate({ ...ask, adapterStrength }, () => {}));
	says.value = (await Promise.all(answers)).map(({ text }) => text).join(" → ");
};
