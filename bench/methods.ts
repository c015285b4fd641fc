// Runs the commands compare-methods and race on the bundled base, with two gallery sets and three seeds. Writes docs/methods.md and docs/methods.json: `node bench/run.mjs bench/methods.ts`.
// Finished pieces are kept in .tabtune/methods-bench and not repeated; BENCH_PIECES limits the number of pieces.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "../src/cli/args.ts";
import type { Command } from "../src/cli/commands/command.ts";
import { compareMethodsCommand } from "../src/cli/commands/compare-methods.ts";
import { raceCommand } from "../src/cli/commands/race.ts";
import { encodeRows } from "../src/cli/data.ts";
import { openModel } from "../src/cli/open.ts";
import type { MethodsTable, RunSettings } from "../src/engine/api.ts";
import { methods } from "../src/engine/train/methods.ts";
import { methodsPage, type RaceJson, type SetResults } from "./methods-page.ts";

const SETS = ["pirate", "moon"];
const SEEDS = "1,2,3";
const RANKS = [1, 2, 4, 8, 16, 32, 64];
/** Every third row is held out, the same in all runs: nine of 28. */
const HELD_OUT_EVERY = 3;
/** About three epochs with two rows per step: a software adapter takes half an hour for the whole bench. */
const LENGTH: Partial<RunSettings> = { max_steps: 24, per_device_train_batch_size: 2 };
const FOLDER = join(".tabtune", "methods-bench");

const gallery: { id: string; title: { en: string }; settings: Partial<RunSettings>; samplePrompt: string }[] =
	JSON.parse(readFileSync(join("public", "gallery", "index.json"), "utf8"));

let left = Number(process.env.BENCH_PIECES ?? Number.POSITIVE_INFINITY);
let missing = 0;

/** One piece: runs a command into a folder unless its result exists. Null when the limit is reached. */
async function piece<T>(command: Command, argv: readonly string[], folder: string, file: string): Promise<T | null> {
	const path = join(folder, file);
	if (!existsSync(path)) {
		if (left <= 0) {
			missing++;
			return null;
		}
		left--;
		// A command writes its result after each heat; only a complete result is renamed.
		const part = `${folder}.part`;
		const args = [...argv, "--model", "demo", "--seeds", SEEDS, "--output-dir", part];
		await command.run(parseArgs(command, args));
		renameSync(part, folder);
	}
	return JSON.parse(readFileSync(path, "utf8"));
}

async function measured(id: string): Promise<SetResults | null> {
	const set = gallery.find((one) => one.id === id);
	if (set === undefined) throw new Error(`no set "${id}"`);
	const folder = join(FOLDER, id);
	mkdirSync(folder, { recursive: true });
	const lines = readFileSync(join("public", "gallery", `${id}.jsonl`), "utf8")
		.trim()
		.split("\n");
	const [train, heldOut, config] = ["train.jsonl", "held-out.jsonl", "run.json"].map((name) => join(folder, name));
	const part = (isHeldOut: boolean) =>
		lines.filter((_, i) => (i % HELD_OUT_EVERY === HELD_OUT_EVERY - 1) === isHeldOut).map((line) => `${line}\n`);
	writeFileSync(train, part(false).join(""));
	writeFileSync(heldOut, part(true).join(""));
	writeFileSync(config, JSON.stringify({ ...set.settings, ...LENGTH }));
	const files = ["--train-file", train, "--eval-file", heldOut, "--config", config];

	const asked = [...files, "--sample-prompt", set.samplePrompt];
	const tables: (MethodsTable | null)[] = [];
	for (const { name } of methods()) {
		const argv = ["--methods", name, ...asked];
		tables.push(await piece<MethodsTable>(compareMethodsCommand, argv, join(folder, name), "table.json"));
	}
	// alpha / r is that of the set at every rank.
	const { r = 8, lora_alpha = 16 } = set.settings;
	const alphas = RANKS.map((rank) => (rank * lora_alpha) / r).join(",");
	const argv = ["--ranks", RANKS.join(","), "--lora-alphas", alphas, ...files, "--quiet"];
	const race = await piece<RaceJson>(raceCommand, argv, join(folder, "race"), "race.json");
	const done = tables.filter((table) => table !== null);
	if (race === null || done.length < tables.length) return null;

	const model = await openModel(
		parseArgs({ name: "bench", options: { model: "text" }, acceptsSettings: false }, ["--model", "demo"]),
	);
	const rows = await Promise.all(
		[train, heldOut].map((file) => encodeRows(model, { paths: [file], read: {} }, done[0].settings)),
	);
	const [trainedRows, heldOutRows] = rows.map(({ length, trainedTokens }) => ({ rows: length, tokens: trainedTokens }));
	return {
		id,
		title: set.title.en,
		trained: trainedRows,
		heldOut: heldOutRows,
		table: { ...done[0], rows: done.flatMap((table) => table.rows) },
		race,
	};
}

const results: (SetResults | null)[] = [];
for (const id of SETS) results.push(await measured(id));
const whole = results.filter((one) => one !== null);
if (whole.length < SETS.length) console.log(`${missing} pieces are left`);
else {
	const { markdown, raw } = methodsPage(whole);
	writeFileSync(join("docs", "methods.md"), markdown);
	writeFileSync(join("docs", "methods.json"), raw);
	console.log("docs/methods.md, docs/methods.json");
}
