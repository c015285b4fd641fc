// --model owner/name with a local fake Hub: downloaded over a connection that breaks, cached, opened offline; and rejected models.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tabtune } from "./test-cli.ts";
import { type PlayedHub, playHub } from "./test-hub.ts";

const GOLDEN = "fixtures/goldens/odd";
const WEIGHTS = "model.safetensors";
let dir = "";
let hub: PlayedHub;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
	dir = await mkdtemp(join(tmpdir(), "tabtune-hub-"));
	const files = {
		"config.json": await readFile(join(GOLDEN, "config.json")),
		[WEIGHTS]: await readFile(join(GOLDEN, WEIGHTS)),
	};
	const endless = { size: 1e15, sha256: "ab".repeat(32) };
	hub = await playHub({
		"tester/odd": { files, license: "mit" },
		"tester/endless": { files, sibling: (path, entry) => (path === WEIGHTS ? { ...entry, lfs: endless } : entry) },
		"tester/unknown": { files: { ...files, "config.json": Buffer.from('{"model_type":"mamba"}') } },
	});
	env = { HF_ENDPOINT: hub.endpoint, TABTUNE_CACHE: dir, HF_TOKEN: "" };
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const logits = (model: string, name: string) => [
	"logits",
	"--model",
	model,
	"--input-ids",
	"1,2,3",
	"--output",
	join(dir, name),
];

test("a Hub model is downloaded once, equals the model in the folder, and trains offline", async () => {
	hub.fault(WEIGHTS, {}, { dropAfter: 5000 }); // the first request is for its header
	const first = await tabtune(logits("tester/odd", "first.safetensors"), env);
	expect(first.stderr).toContain(`tester/odd at main, ${hub.commit.slice(0, 12)}: 2 files`);
	expect(first.stderr).toContain("licence mit");
	expect(first.status).toBe(0);
	expect(hub.seen.some(({ range }) => /^bytes=[1-9]\d*-$/.test(range ?? ""))).toBe(true);
	const folder = await tabtune(logits(GOLDEN, "folder.safetensors"));
	expect(folder.status).toBe(0);
	const [one, other] = await Promise.all(["first", "folder"].map((name) => readFile(join(dir, `${name}.safetensors`))));
	expect(one.equals(other)).toBe(true);

	const refusals = [
		["tester/none", /no tester\/none, or it is private/],
		["tester/odd@v9", /tester\/odd has no such revision/],
		["tester/endless", /the model needs 1000 TB, but only [\d.]+ [KMGT]B is free/],
		["tester/unknown", /mamba/],
	] as const;
	for (const [model, message] of refusals) {
		const run = await tabtune(logits(model, "none.safetensors"), env);
		expect(run.stderr).toMatch(message);
		expect([run.status, run.stdout]).toEqual([2, ""]);
	}

	await hub.close();
	const train = [
		"train",
		"--model",
		"tester/odd",
		"--train-file",
		`${GOLDEN}/train.jsonl`,
		"--max-steps",
		"1",
		"--r",
		"4",
	];
	const offline = await tabtune([...train, "--output-dir", join(dir, "out")], env);
	expect(offline.stderr).toContain("using the stored copy of tester/odd at main");
	expect(offline.status).toBe(0);
	const config = JSON.parse(await readFile(join(dir, "out", "adapter_config.json"), "utf8"));
	expect(config.base_model_name_or_path).toBe("tester/odd");
	const gone = await tabtune(logits("tester/other", "none.safetensors"), { ...env, HF_HUB_OFFLINE: "1" });
	expect(gone.stderr).toMatch(/not whole on this machine.*HF_HUB_OFFLINE/);
	expect(gone.status).toBe(2);
});
