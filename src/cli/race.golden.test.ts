// race compared with single runs: a slot's folder, losses and tensors equal those of `train` with its rank and seed.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshAdapter } from "../engine/adapters/create-adapter.ts";
import { valuesOf } from "../engine/adapters/trainable.ts";
import { openModelFiles } from "../engine/models/load.ts";
import { resolveSettings } from "../engine/train/settings.ts";
import { diskFolder } from "./node-files.ts";
import { readTensors, relativeError, tabtune } from "./test-cli.ts";

const GOLDEN = "fixtures/goldens/odd";
const DATA = ["--train-file", `${GOLDEN}/train.jsonl`, "--eval-file", `${GOLDEN}/eval.jsonl`];
const SHARED = [
	"--model",
	GOLDEN,
	"--config",
	`${GOLDEN}/run.json`,
	"--rank-pattern",
	"{}",
	"--alpha-pattern",
	"{}",
	...DATA,
];
const RACE = [...SHARED, "--max-steps", "6", "--eval-steps", "4"];

interface Slot {
	rank: number;
	seed: number;
	state: string;
	steps: number;
	loss: number;
	eval_loss: number;
	losses: number[];
	evaluations: { step: number; eval_loss: number }[];
	trainable_parameters: number;
	adapter_bytes: number;
	elapsed: number;
	id: string;
	error: { what: string } | null;
}
interface Race {
	heats: { seed: number; tokens_per_second: number }[];
	lanes: Slot[];
	ranks: { rank: number; seeds: number; eval_loss_mean: number; eval_loss_deviation: number }[];
	advice: { sentences: string[]; verdict: string; ranks: unknown[] };
}

let out = "";
let race: Race;
let stderr = "";
const raceOf = async (folder: string): Promise<Race> => JSON.parse(await readFile(join(folder, "race.json"), "utf8"));
beforeAll(async () => {
	out = await mkdtemp(join(tmpdir(), "tabtune-race-"));
	const run = await tabtune(["race", ...RACE, "--ranks", "2,5", "--seeds", "3,4", "--output-dir", out]);
	expect(run.stderr).not.toMatch(/^error:/m);
	expect(run.status).toBe(0);
	stderr = run.stderr;
	race = await raceOf(out);
});
afterAll(() => rm(out, { recursive: true, force: true }));

test("heats are announced; every slot has a folder, every rank a mean and a deviation, and the advice its evidence", async () => {
	expect(stderr).toContain("2 heats, one per seed");
	expect(race.lanes.map(({ rank, seed, id, state }) => [rank, seed, id, state])).toEqual([
		[2, 3, "rank-2-seed-3", "finished"],
		[5, 3, "rank-5-seed-3", "finished"],
		[2, 4, "rank-2-seed-4", "finished"],
		[5, 4, "rank-5-seed-4", "finished"],
	]);
	expect(race.heats.map(({ seed }) => seed)).toEqual([3, 4]);
	for (const { id, losses, evaluations, trainable_parameters, adapter_bytes, elapsed } of race.lanes) {
		const config = JSON.parse(await readFile(join(out, id, "adapter_config.json"), "utf8"));
		expect(config.r).toBe(Number(id.split("-")[1]));
		expect((await readFile(join(out, id, "adapter_model.safetensors"))).length).toBe(adapter_bytes);
		expect(adapter_bytes).toBeGreaterThan(4 * trainable_parameters);
		expect(losses).toHaveLength(6);
		expect(evaluations.map(({ step }) => step)).toEqual([0, 4, 6]);
		expect(elapsed).toBeGreaterThan(0);
	}
	const [two] = race.ranks;
	const ends = race.lanes.filter(({ rank }) => rank === 2).map(({ eval_loss }) => eval_loss);
	expect(two).toMatchObject({ rank: 2, seeds: 2 });
	expect(two.eval_loss_mean).toBeCloseTo((ends[0] + ends[1]) / 2, 10);
	expect(two.eval_loss_deviation).toBeCloseTo(Math.abs(ends[0] - ends[1]) / Math.SQRT2, 10);
	expect(race.advice.sentences[0]).toMatch(/^Rank \d/);
	expect(race.advice.sentences).toContain(
		"There are fewer than five seeds, so the intervals are wide and hide small differences.",
	);
	expect(race.advice.ranks).toHaveLength(2);
});

test("a slot equals train with its rank and seed: losses within 1e-5, tensors within 1e-3 of their update", async () => {
	const alone = join(out, "alone");
	const run = await tabtune(["train", ...RACE, "--r", "5", "--seed", "4", "--output-dir", alone, "--quiet"]);
	expect(run.status).toBe(0);
	const given = JSON.parse(await readFile(join(alone, "run.json"), "utf8"));
	const model = await openModelFiles(await diskFolder(GOLDEN), GOLDEN);
	const start = await freshAdapter(model, resolveSettings(given, "run.json"), () => Promise.resolve([]));
	const lines = async (folder: string) =>
		(await readFile(join(folder, "metrics.jsonl"), "utf8"))
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line) as { step: number; loss?: number; eval_loss?: number; num_tokens?: number });
	const [mine, other] = [await lines(join(out, "rank-5-seed-4")), await lines(alone)];
	expect(mine.map(({ step, num_tokens }) => [step, num_tokens])).toEqual(
		other.map(({ step, num_tokens }) => [step, num_tokens]),
	);
	for (const [i, line] of mine.entries()) {
		for (const key of ["loss", "eval_loss"] as const)
			if (line[key] !== undefined) expect(Math.abs(line[key] / (other[i][key] ?? Number.NaN) - 1)).toBeLessThan(1e-5);
	}
	const of = (folder: string) => readTensors(join(folder, "adapter_model.safetensors"));
	const [slot, single] = [await of(join(out, "rank-5-seed-4")), await of(alone)];
	expect(slot.size).toBe(start.layout.tensors.length);
	for (const tensor of start.layout.tensors) {
		const name = `base_model.model.${tensor.name}`;
		const [found, other] = [slot.get(name)?.values ?? [], single.get(name)?.values ?? []];
		const update = (values: ArrayLike<number>) =>
			Float32Array.from(valuesOf(start.params, tensor), (from, i) => values[i] - from);
		expect(relativeError(update(found), update(other)), name).toBeLessThan(1e-3);
	}
});

test("a slot that diverges is retired with a message, and the others continue", async () => {
	const folder = join(out, "wild");
	const run = await tabtune([
		"race",
		...RACE,
		...["--ranks", "2,3", "--lora-alphas", "1e37,7", "--output-dir", folder, "--quiet"],
	]);
	expect(run.status).toBe(0);
	expect(run.stderr).toContain("rank 2 is retired, the others continue: 3 steps in a row gave no finite result");
	const { lanes: slots, ranks, advice } = await raceOf(folder);
	expect(slots.map(({ rank, state }) => [rank, state])).toEqual([
		[2, "retired"],
		[3, "finished"],
	]);
	expect(slots[0].error?.what).toMatch(/no finite result/);
	expect(slots[1].losses.every(Number.isFinite)).toBe(true);
	expect(slots[0].steps).toBeLessThan(6);
	expect(ranks[0].eval_loss_mean).toBeNull();
	expect(advice.sentences).toContain("Ranks with a run whose loss is not finite were excluded.");
	expect(JSON.parse(run.stdout).retired).toEqual([{ rank: 2, seed: 7 }]);
});

test.each([
	[["--ranks", "2,2"], /rank 2 is in the race twice/],
	[["--ranks", "1,2,3,4,5,6,7,8,9"], /a race supports 1 to 8 ranks, but 9 are given/],
	[["--ranks", "2,4000"], /rank 4000 does not fit/],
	[["--ranks", "2,x"], /--ranks is "2,x"/],
	[["--ranks", "2", "--seeds", "1,1"], /the seeds are "1,1"/],
	[["--ranks", "2,4", "--learning-rates", "1e-3"], /there are 2 ranks, but 1 learning_rates/],
	[["--ranks", "2,4", "--use-dora"], /only plain LoRA adapters.*can run side by side/],
	[["--ranks", "2,4", "--method", "full"], /only plain LoRA adapters.*can run side by side/],
])("%j is rejected before anything is written", async (extra, message) => {
	const folder = join(out, "refused");
	const run = await tabtune(["race", ...RACE, ...extra, "--output-dir", folder]);
	expect(run.stderr).toMatch(message);
	expect(run.status).toBe(2);
	await expect(readFile(join(folder, "race.json"))).rejects.toThrow();
});
