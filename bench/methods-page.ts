// Writes docs/methods.md from the results of bench/methods.ts: tables, differences over paired seeds with their intervals, and
// the conclusions, all computed from the figures.
import type { MethodsTable } from "../src/engine/api.ts";
import { markdownTable } from "../src/engine/train/format-table.ts";
import { spread, tableText } from "../src/engine/train/methods-table.ts";

/** From race.json. */
export interface RaceJson {
	lanes: {
		rank: number;
		seed: number;
		eval_loss: number | null;
		trainable_parameters: number;
		adapter_bytes: number;
	}[];
	advice: { sentences: string[] } | null;
}

interface Amount {
	rows: number;
	/** Tokens whose loss counts. */
	tokens: number;
}

export interface SetResults {
	id: string;
	title: string;
	trained: Amount;
	heldOut: Amount;
	table: MethodsTable;
	race: RaceJson;
}

/** Student's t, two-sided 95 %, by degrees of freedom (NIST/SEMATECH e-Handbook 1.3.6.7.2). */
const T95 = [Number.NaN, 12.706, 4.303, 3.182, 2.776, 2.571];

interface Difference {
	name: string;
	mean: number;
	/** Half of the 95 % interval of the mean. */
	half: number;
	verdict: "lower" | "higher" | "within noise";
}

type BySeed = ReadonlyMap<number, number>;

/** The differences between two results by seed: same rows in the same order. */
function difference(name: string, of: BySeed, from: BySeed): Difference | null {
	const pairs = [...of].flatMap(([seed, loss]) => {
		const other = from.get(seed);
		return other === undefined ? [] : [loss - other];
	});
	const found = spread(pairs);
	if (found === null || found.deviation === null) return null;
	const half = (T95[found.n - 1] * found.deviation) / Math.sqrt(found.n);
	const verdict = Math.abs(found.mean) <= half ? "within noise" : found.mean < 0 ? "lower" : "higher";
	return { name, mean: found.mean, half, verdict };
}

const signed = (value: number) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
const listed = (differences: readonly Difference[], verdict: Difference["verdict"]): string =>
	differences
		.filter((one) => one.verdict === verdict)
		.map(({ name }) => name)
		.join(", ") || "none";

const differencesTable = (differences: readonly Difference[], against: string): string =>
	markdownTable(
		["", `held-out loss minus ${against}'s`, "verdict"],
		differences.map(({ name, mean, half, verdict }) => [name, `${signed(mean)} ± ${half.toFixed(3)}`, verdict]),
	);

/** The held-out loss by seed, of each method and each rank. */
const methodLosses = ({ table }: SetResults): Map<string, BySeed> =>
	new Map(
		table.rows.map(({ method, runs }) => [
			method,
			new Map(runs.flatMap(({ seed, evalLoss }) => (evalLoss === null ? [] : [[seed, evalLoss]]))),
		]),
	);

function rankLosses({ race }: SetResults): Map<number, BySeed> {
	const ranks = [...new Set(race.lanes.map(({ rank }) => rank))].sort((a, b) => a - b);
	return new Map(
		ranks.map((rank) => [
			rank,
			new Map(
				race.lanes.flatMap(({ rank: own, seed, eval_loss }) =>
					own === rank && eval_loss !== null ? [[seed, eval_loss]] : [],
				),
			),
		]),
	);
}

const meanOf = (losses: BySeed): number => spread([...losses.values()])?.mean ?? Number.POSITIVE_INFINITY;

function against<Name>(losses: ReadonlyMap<Name, BySeed>, reference: Name, name: (key: Name) => string): Difference[] {
	const from = losses.get(reference);
	if (from === undefined) return [];
	return [...losses].flatMap(([key, of]) => {
		const found = key === reference ? null : difference(name(key), of, from);
		return found === null ? [] : [found];
	});
}

function section(result: SetResults): string {
	const { title, trained, heldOut, table, race } = result;
	const methodsAgainst = against(methodLosses(result), "lora", (name) => name);
	const byRank = rankLosses(result);
	const best = [...byRank.keys()].reduce((a, b) =>
		meanOf(byRank.get(b) ?? new Map()) < meanOf(byRank.get(a) ?? new Map()) ? b : a,
	);
	const ranksAgainst = against(byRank, best, (rank) => `rank ${rank}`);
	const rows = [...byRank].map(([rank, losses]) => {
		const found = spread([...losses.values()]);
		const lane = race.lanes.find((one) => one.rank === rank);
		return [
			String(rank),
			found === null ? "—" : `${found.mean.toFixed(3)} ± ${(found.deviation ?? 0).toFixed(3)}`,
			(lane?.trainable_parameters ?? 0).toLocaleString("en"),
			`${((lane?.adapter_bytes ?? 0) / 1024).toFixed(0)} KiB`,
		];
	});
	return `## ${title}

${trained.rows} training rows (${trained.tokens} target tokens), ${heldOut.rows} held-out rows (${heldOut.tokens} target tokens).

### Methods

${tableText(table, "markdown")}
${differencesTable(methodsAgainst, "LoRA")}
Lower than LoRA: ${listed(methodsAgainst, "lower")}. Higher: ${listed(methodsAgainst, "higher")}. Within the noise:
${listed(methodsAgainst, "within noise")}.

### Rank

${markdownTable(["rank", "held-out loss", "trainable parameters", "file"], rows)}
${differencesTable(ranksAgainst, `rank ${best}`)}
Rank ${best} has the lowest mean loss. Higher: ${listed(ranksAgainst, "higher")}. Within the noise:
${listed(ranksAgainst, "within noise")}.

The advisor's recommendation: ${race.advice?.sentences.join(" ") ?? "none"}
`;
}

/** The conclusions that hold for every set. */
function together(results: readonly SetResults[]): string {
	const verdicts = results.map((result) => against(methodLosses(result), "lora", (name) => name));
	const everywhere = (verdict: Difference["verdict"]) =>
		verdicts[0]
			.filter(({ name }) => verdicts.every((one) => one.find((other) => other.name === name)?.verdict === verdict))
			.map(({ name }) => name)
			.join(", ") || "none";
	return `- Lower than LoRA on every set: ${everywhere("lower")}.
- Higher than LoRA on every set: ${everywhere("higher")}.
- Not distinguishable from LoRA on any set: ${everywhere("within noise")}.
- For all other methods, the sets give different results.`;
}

/** The document and its JSON form, which contains every run with its figures and its answer. */
export function methodsPage(results: readonly SetResults[]): { markdown: string; raw: string } {
	const [{ table }] = results;
	const seeds = [...new Set(table.rows.flatMap(({ runs }) => runs.map(({ seed }) => seed)))];
	const { r, lora_alpha, learning_rate, max_steps, per_device_train_batch_size } = table.settings;
	const markdown = `# Methods and ranks, measured

Generated by \`node bench/run.mjs bench/methods.ts\` on ${table.device}, with the bundled base, ${results.length} gallery sets and the
seeds ${seeds.join(", ")}. Every third row of a set is held out; all runs hold out the same rows. Rank ${r}, alpha ${lora_alpha}, learning rate ${learning_rate} (times the
factor of each method, in the table), ${max_steps} steps of ${per_device_train_batch_size} rows. In the race, alpha / r is ${lora_alpha / r} for every rank. [methods.json](methods.json)
contains every run.

How to read it:

- ± after a loss is the standard deviation over the seeds. ± after a difference is half the width of its 95 % confidence
  interval, which is computed from the differences by seed with Student's t and ${seeds.length - 1} degrees of freedom, without a
  correction for multiple comparisons. With ${seeds.length} seeds the intervals are wide, and only large differences exceed them.
- The learning rate was not tuned for each method. A method with a high loss here may do better at another rate.
- The losses are those of small data sets and a small model after a fixed number of steps. They do not show which method
  is best in general.
- All runs stop after the same few steps, so a rank or method with fewer parameters may only need more of them.
- Times were measured on a software adapter of a busy machine, so do not compare them between rows. The latencies of
  merged LoRA and of full fine-tuning show the error: both use the base's graph, so on an idle machine they would be 0.
  Memory, parameters and bytes are exact.

## Results

${together(results)}

${results.map(section).join("\n")}`;
	return { markdown, raw: `${JSON.stringify(results.map(compact), null, "\t")}\n` };
}

/** Omits the curves, which are long and can be recomputed. */
function compact({ race, table, ...rest }: SetResults) {
	const lanes = race.lanes.map(({ rank, seed, eval_loss, trainable_parameters, adapter_bytes }) => ({
		rank,
		seed,
		eval_loss,
		trainable_parameters,
		adapter_bytes,
	}));
	return {
		...rest,
		settings: table.settings,
		methods: table.rows,
		race: { lanes, advice: race.advice?.sentences ?? null },
	};
}
