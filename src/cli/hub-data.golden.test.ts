// --dataset owner/name with a local fake Hub: the shards of a split, a download that breaks, rows offline, and names that do not exist.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tabtune } from "./test-cli.ts";
import { type PlayedHub, playHub } from "./test-hub.ts";

let dir = "";
let hub: PlayedHub;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
	dir = await mkdtemp(join(tmpdir(), "tabtune-data-"));
	const chats = await readFile("fixtures/parquet/chats.parquet"); // 300 rows
	const files = {
		"default/train/0000.parquet": chats,
		"default/train/0001.parquet": chats,
		"default/test/0000.parquet": chats,
		"other/train/0000.parquet": chats,
	};
	const named = { "en/train/0000.parquet": chats, "de/train/0000.parquet": chats };
	hub = await playHub({
		"datasets/tester/chats": { files, license: "mit" },
		"datasets/tester/named": { files: named },
	});
	env = { HF_ENDPOINT: hub.endpoint, TABTUNE_CACHE: dir, HF_TOKEN: "" };
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const tokenize = (...more: string[]) => tabtune(["tokenize", "--model", "demo", ...more], env);
const lines = (stdout: string) => stdout.trim().split("\n");

test("rows of a split equal those of its files, after a connection that breaks, and offline", async () => {
	hub.fault("default/train/0000.parquet", { dropAfter: 2000 });
	const rows = await tokenize("--dataset", "tester/chats", "--split", "train[298:303]");
	expect(rows.stderr).toContain("tester/chats, default, train: 2 Parquet files");
	expect(rows.stderr).toContain("licence mit");
	expect(hub.seen.some(({ range }) => /^bytes=[1-9]\d*-$/.test(range ?? ""))).toBe(true);
	const whole = lines((await tokenize("--file", "fixtures/parquet/chats.parquet")).stdout);
	expect(lines(rows.stdout)).toEqual([...whole.slice(298), ...whole.slice(0, 3)]);

	const refusals = [
		[["tester/none"], /no tester\/none, or it is private/],
		[["tester/named"], /2 subsets \(tester\/named\): add --subset with one of de, en/],
		[["tester/chats", "--subset", "fr"], /no subset fr.*default, other/],
		[["tester/chats", "--split", "dev"], /default has no split dev.*test, train/],
		[["tester/chats", "--split", "train[:"], /the split is "train\[:"/],
		[["tester/chats", "--split", "train[700:]"], /has no rows.*600 rows/],
		[["chats"], /--dataset is "chats".*owner\/name/],
		[["tester/chats", "--file", "a.jsonl"], /--file and --dataset are both given/],
	] as const;
	for (const [argv, message] of refusals) {
		const run = await tokenize("--dataset", ...argv);
		expect(run.stderr).toMatch(message);
		expect([run.status, run.stdout]).toEqual([2, ""]);
	}
	const alone = await tokenize("--file", "fixtures/parquet/chats.parquet", "--split", "train");
	expect(alone.stderr).toContain("--split needs --dataset");

	const train = ["train", "--model", "demo", "--dataset", "tester/chats", "--split", "train[:4]", "--max-steps", "1"];
	const run = await tabtune([...train, "--eval-split", "test[:2]", "--output-dir", join(dir, "out")], env);
	expect(run.stderr).toContain("2 of 2 held-out rows are also in the training file");
	expect(JSON.parse(run.stdout).eval_loss).toBeGreaterThan(0);

	await hub.close();
	const offline = await tokenize("--dataset", "tester/chats", "--split", "train[:1]");
	expect(offline.stderr).toContain("using the stored copy of tester/chats");
	expect(lines(offline.stdout)).toEqual(whole.slice(0, 1));
	const gone = await tabtune(["tokenize", "--model", "demo", "--dataset", "tester/new"], {
		...env,
		HF_HUB_OFFLINE: "1",
	});
	expect(gone.stderr).toMatch(/not whole on this machine.*HF_HUB_OFFLINE/);
	expect(gone.status).toBe(2);
}, 120_000);
