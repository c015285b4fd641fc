// Trains every gallery set with the page's settings: held-out loss before and after, time, and answers to prompts that are not
// among the rows. Writes docs/gallery.md: `npm run bench bench/gallery.ts`; with set ids as arguments it trains and prints
// only those.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Generator } from "../src/engine/train/generator.ts";
import { promptIds } from "../src/engine/train/text-processor.ts";
import { bench, type GallerySet, gallery, language, model, trainSet } from "./train-set.ts";

const GREEDY = { max_new_tokens: 64, temperature: 0, top_p: 1, top_k: 0, seed: 0 };

const only = process.argv.slice(3);
const entries = gallery.filter(({ id }) => only.length === 0 || only.includes(id));

async function measure(set: GallerySet) {
	const { id, title, heldOutPrompts, check } = set;
	const { info, settings, run, evals, layout, params } = await trainSet(set);
	const { tokenizer } = language;
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
	const passes = (side: "base" | "tuned") =>
		rule === null ? 0 : answers.filter((answer) => rule.test(answer[side])).length;
	console.log(id, evals.map((loss) => loss.toFixed(2)).join(" "), `base ${passes("base")}, tuned ${passes("tuned")}`);
	if (only.length > 0)
		for (const { prompt, base, tuned } of answers) console.log(`  ${prompt}\n    ${base}\n    ${tuned}`);
	return {
		id,
		title: title.en,
		info,
		settings,
		run,
		evals,
		answers,
		rule,
		base: passes("base"),
		tuned: passes("tuned"),
	};
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
