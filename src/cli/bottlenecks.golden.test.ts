// Bottleneck adapters, alone and with LoRA, trained by the command and compared with PyTorch and the `adapters` library
// (fixtures/make_bottleneck_goldens.py).
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readTensors, tabtune } from "./test-cli.ts";
import { expectEvaluations, expectLogits, expectMetrics, expectTensors, trainGolden } from "./test-golden.ts";

let dir = "";
beforeAll(async () => {
	dir = await mkdtemp(join(tmpdir(), "tabtune-bottlenecks-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** The tensors of all parts of a folder. */
async function tensorsOf(folder: string) {
	const files = (await readdir(folder, { recursive: true })).filter((file) =>
		/adapter(_model)?\.safetensors$/.test(file),
	);
	return new Map((await Promise.all(files.map((file) => readTensors(join(folder, file))))).flatMap((one) => [...one]));
}

test.each(["bottleneck-houlsby", "bottleneck-pfeiffer-gelu", "lora-bottleneck"])(
	"%s trains as in PyTorch",
	async (name) => {
		const out = join(dir, name);
		const run = await trainGolden(name, out, ["--adapter", `fixtures/goldens/${name}/init`]);
		expectMetrics(run);
		expectEvaluations(run);
		const [init, final, ours] = await Promise.all([`${run.folder}/init`, `${run.folder}/final`, out].map(tensorsOf));
		expectTensors(name, { init, final, ours });
		await expectLogits(run);
	},
);

test("a new adapter has the library's configuration", async () => {
	const folder = "fixtures/goldens/bottleneck-houlsby";
	const out = join(dir, "fresh");
	const paths = ["--model", folder, "--train-file", `${folder}/train.jsonl`, "--output-dir", out];
	const run = await tabtune(["train", ...paths, "--config", `${folder}/run.json`, "--max-steps", "1", "--quiet"]);
	expect(run.stderr).not.toMatch(/^error:/m);
	const config = async (path: string) => JSON.parse(await readFile(join(path, "adapter_config.json"), "utf8"));
	expect(await config(out)).toEqual({ ...(await config(`${folder}/final`)), model_name: folder });
	expect(await readFile(join(out, "adapter_config.json"), "utf8")).toContain('"scaling": 1.0');
});

const refused: [string, string[], string][] = [
	["no place for a bottleneck", ["--output-adapter", "false"], "neither mh_adapter nor output_adapter is set"],
	[
		"a reduction factor over the hidden size",
		["--reduction-factor", "37"],
		"reduction_factor 37 is larger than the hidden size 36",
	],
];
test.each(refused)("%s is rejected with a reason", async (_name, args, message) => {
	const folder = "fixtures/goldens/odd";
	const paths = ["--model", folder, "--train-file", `${folder}/train.jsonl`, "--output-dir", "never-written"];
	const run = await tabtune(["train", ...paths, "--method", "bottleneck", ...args]);
	expect(run.status).not.toBe(0);
	expect(run.stderr).toContain(message);
});
