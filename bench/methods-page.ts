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

${trained.rows} rows trained (${trained.tokens} tokens whose loss counts), ${heldOut.rows} held out (${heldOut.tokens} tokens).

### Methods

${tableText(table, "markdown")}
${differencesTable(methodsAgainst, "LoRA")}
Lower than LoRA's: ${listed(methodsAgainst, "lower")}. Higher: ${listed(methodsAgainst, "higher")}. Within noise:
${listed(methodsAgainst, "within noise")}.

### Rank

${markdownTable(["rank", "held-out loss", "trainable parameters", "file"], rows)}
${differencesTable(ranksAgainst, `rank ${best}`)}
Rank ${best} has the lowest mean. Higher than it beyond noise: ${listed(ranksAgainst, "higher")}. Within noise:
${listed(ranksAgainst, "within noise")}.

The advisor's words: ${race.advice?.sentences.join(" ") ?? "none"}
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
- All others differ between the sets, or are beyond noise on one alone.`;
}

/** The document and its JSON form, which contains every run with its figures and its answer. */
export function methodsPage(results: readonly SetResults[]): { markdown: string; raw: string } {
	const [{ table }] = results;
	const seeds = [...new Set(table.rows.flatMap(({ runs }) => runs.map(({ seed }) => seed)))];
	const { r, lora_alpha, learning_rate, max_steps, per_device_train_batch_size } = table.settings;
	const markdown = `# Methods and ranks, measured

Made by \`node bench/run.mjs bench/methods.ts\` on ${table.device}: the bundled base, ${results.length} sets of the gallery, seeds
${seeds.join(", ")}. Every third row of a set is held out, the same in all runs. Rank ${r}, alpha ${lora_alpha}, learning rate ${learning_rate} (times the
factor of each method, in the table), ${max_steps} steps of ${per_device_train_batch_size} rows. The race keeps alpha / r at ${lora_alpha / r} for every rank. The runs themselves
are in [methods.json](methods.json).

How to read it:

- ± after a loss is the standard deviation over the seeds. ± after a difference is half of its 95 % interval: of the
  differences seed by seed, by Student's t with ${seeds.length - 1} degrees of freedom, each comparison by itself. With ${seeds.length} seeds it is
  wide, and only large differences get past it.
- One learning rate was not searched for each method: a method that does badly here may do well at another rate.
- The loss is that of small sets and a small model, after a fixed number of steps. It says what happened here, not
  which method is best.
- A rank or a method with fewer parameters may only be slower to learn: all stop after the same few steps.
- Times are of a software adapter that other work ran beside, so that rows are not to be compared in them. How far they
  stray is seen in the latency of merged LoRA and of full fine-tuning: both answer by the base's own graph, and would
  show 0 on a quiet machine. Memory, parameters and bytes are exact.

## What it says

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
