// Every set of the gallery trained as the page would train it, on this machine's adapter: held-out loss before and after,
// time, and what the model says before and after on prompts that are not among the rows. Writes docs/gallery.md:
// `npm run bench bench/gallery.ts`; set ids after it train those alone and print.
import { openAsBlob, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PAGE_DEFAULTS } from "../app/stores/settings.ts";
import { openModel, startGpu } from "../src/cli/open.ts";
import { freshAdapter } from "../src/engine/adapters/start.ts";
import type { RunSettings } from "../src/engine/api.ts";
import { prepareData } from "../src/engine/data/describe.ts";
import { Generator } from "../src/engine/train/generator.ts";
import { openLanguage, promptIds } from "../src/engine/train/language.ts";
import { RunControl, runTraining } from "../src/engine/train/run.ts";
import { Trainer } from "../src/engine/train/trainer.ts";

interface Entry {
	id: string;
	title: { en: string };
	file: string;
	settings: Partial<RunSettings>;
	heldOutPrompts: string[];
	check: { pattern: string; flags?: string } | null;
}

/** The page's own share. */
const HELD_OUT = 0.1;
const GREEDY = { max_new_tokens: 64, temperature: 0, top_p: 1, top_k: 0, seed: 0 };

const folder = join("public", "gallery");
const only = process.argv.slice(3);
const entries = (JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as Entry[]).filter(
	({ id }) => only.length === 0 || only.includes(id),
);
const model = await openModel({
	command: "bench",
	positional: [],
	options: new Map([["model", "demo"]]),
	settings: {},
});
const language = await openLanguage(model.folder, model.config);
const bench = await startGpu(model);

async function measure({ id, title, file, settings: suggested, heldOutPrompts, check }: Entry) {
	const settings: RunSettings = { ...PAGE_DEFAULTS, ...suggested };
	const blob = await openAsBlob(join(folder, file));
	const { tokenizer, template } = language;
	const options = { tokenizer, template, vocabSize: tokenizer.vocabSize, settings };
	const { train, heldOut, info } = await prepareData({ name: file, format: "jsonl", blob }, HELD_OUT, options);
	const { layout, params: start } = freshAdapter(model, settings);
	const trainer = await Trainer.create(bench, { layout, settings, train, heldOut, start });
	const evals: number[] = [];
	const run = await runTraining(trainer, settings, new RunControl(), {
		emit: (event) => event.type === "eval" && evals.push(event.eval_loss),
	});
	const params = await trainer.params();
	trainer.release();
	bench.memory.upload("params", params);
	const generator = await Generator.create(bench, layout, model.config.max_position_embeddings);
	const says = async (prompt: string, adapterStrength: number) => {
		const ids = promptIds(language, prompt);
		const { output_ids } = await generator.generate(ids, { ...GREEDY, adapterStrength }, language.eos, () => true);
		return tokenizer.decode(output_ids, { skipSpecialTokens: true }).trim();
	};
	const answers: { prompt: string; base: string; tuned: string }[] = [];
	for (const prompt of heldOutPrompts)
		answers.push({ prompt, base: await says(prompt, 0), tuned: await says(prompt, 1) });
	generator.release();
	bench.memory.release("params");
	const rule = check === null ? null : new RegExp(check.pattern, check.flags);
	const holds = (side: "base" | "tuned") =>
		rule === null ? 0 : answers.filter((answer) => rule.test(answer[side])).length;
	console.log(id, evals.map((loss) => loss.toFixed(2)).join(" "), `base ${holds("base")}, tuned ${holds("tuned")}`);
	if (only.length > 0)
		for (const { prompt, base, tuned } of answers) console.log(`  ${prompt}\n    ${base}\n    ${tuned}`);
	return { id, title: title.en, info, settings, run, evals, answers, rule, base: holds("base"), tuned: holds("tuned") };
}

const results: Awaited<ReturnType<typeof measure>>[] = [];
for (const entry of entries) results.push(await measure(entry));

const cell = (text: string) => text.replace(/\s+/g, " ").replaceAll("|", "\\|");
const of = (n: number, { rule, answers }: (typeof results)[number]) =>
	rule === null ? "—" : `${n} of ${answers.length}`;
const page = `# The gallery, measured

Made by \`npm run bench bench/gallery.ts\` on ${bench.gpu.info.description} (${bench.gpu.info.software ? "a software adapter, two processor cores" : "a GPU"}): each
set trained with the settings it suggests, a tenth of its rows held out, seed 42. Time is training alone. "Shows" counts
the held-out prompts, below, whose greedy answer keeps to the set's rule (\`check\` in \`public/gallery/index.json\`).

| set | rows | rank | steps | time | held-out loss | shows: base | shows: tuned |
| --- | --- | --- | --- | --- | --- | --- | --- |
${results
	.map((r) => {
		const lowest = Math.min(...r.evals);
		const last = r.evals.at(-1) ?? Number.NaN;
		const loss = `${r.evals[0].toFixed(2)} → ${lowest < last - 0.1 ? `${lowest.toFixed(2)} → ` : ""}${last.toFixed(2)}`;
		return `| ${r.title} | ${r.info.rows + r.info.heldOutRows} | ${r.settings.r} | ${r.run.steps} | ${r.run.elapsed.toFixed(0)} s | ${loss} | ${of(r.base, r)} | ${of(r.tuned, r)} |`;
	})
	.join("\n")}

${results
	.map(
		({ title, answers }) => `## ${title}

| prompt, not among the rows | base | tuned |
| --- | --- | --- |
${answers.map(({ prompt, base, tuned }) => `| ${cell(prompt)} | ${cell(base)} | ${cell(tuned)} |`).join("\n")}`,
	)
	.join("\n\n")}
`;
if (only.length === 0) writeFileSync(join("docs", "gallery.md"), page);
