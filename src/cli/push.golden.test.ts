// `tabtune push` with a local fake Hub.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startWritableHub, WRITE_TOKEN, type WritableHub } from "../engine/hub/test-upload-hub.ts";
import { tabtune } from "./test-cli.ts";

let folder: string;
let hub: WritableHub;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "tabtune-push-"));
	hub = await startWritableHub();
	const card =
		'---\nbase_model: "../models/own"\ntags:\n- "base_model:adapter:../models/own"\n- lora\n---\n"path/to/this/folder"\n';
	await writeFile(join(folder, "README.md"), card);
	await writeFile(join(folder, "adapter_config.json"), "{}");
	await writeFile(join(folder, "adapter_model.safetensors"), Buffer.alloc(1000, 7));
	await writeFile(join(folder, "metrics.jsonl"), "{}\n");
	await writeFile(join(folder, "rows.jsonl"), '{"text": "private"}\n');
	await mkdir(join(folder, "checkpoint-5"));
	await writeFile(join(folder, "checkpoint-5", "state.safetensors"), "x");
});
afterAll(async () => {
	await hub.close();
	await rm(folder, { recursive: true, force: true });
});

const push = (more: readonly string[], env: NodeJS.ProcessEnv = {}) =>
	tabtune(["push", "--folder", folder, "--repo", "tester/pirate", ...more], {
		HF_ENDPOINT: hub.endpoint,
		HF_TOKEN: WRITE_TOKEN,
		...env,
	});

test("nothing is sent without consent", async () => {
	const { status, stderr } = await push([]);
	expect([status, stderr]).toEqual([2, expect.stringContaining("nothing was sent")]);
	expect(stderr).toContain(`tester sends these files to ${hub.endpoint}/tester/pirate, a new private repository`);
	expect(stderr).toContain("adapter_model.safetensors  1.0 KB");
	expect(hub.repositories.size).toBe(0);
});

test("an adapter's files are sent; checkpoints, logs and rows stay here", async () => {
	const { status, stdout, stderr } = await push(["--yes"]);
	expect(status, stderr).toBe(0);
	const sent = ["README.md", "adapter_config.json", "adapter_model.safetensors"];
	expect(JSON.parse(stdout)).toMatchObject({ url: `${hub.endpoint}/tester/pirate`, files: sent });
	expect(stderr).toContain("not sent: checkpoint-5/state.safetensors, metrics.jsonl, rows.jsonl");
	const stored = hub.repositories.get("tester/pirate");
	expect([stored?.private, [...(stored?.files.keys() ?? [])].sort()]).toEqual([true, sent]);
	// A base that is a folder of this machine is not named; the example loads the repository.
	expect(stored?.files.get("README.md")?.toString()).toBe('---\ntags:\n- lora\n---\n"tester/pirate"\n');
});

test("a missing token, a folder without a model and a name that is no repository are errors", async () => {
	expect(await push(["--yes"], { HF_TOKEN: "" })).toMatchObject({
		status: 2,
		stderr: expect.stringContaining("HF_TOKEN"),
	});
	const refused = await push(["--yes"], { HF_TOKEN: "hf_secret" });
	expect(refused.status).toBe(2);
	expect(refused.stderr).not.toContain("hf_secret");
	const empty = await tabtune(["push", "--folder", join(folder, "checkpoint-5"), "--repo", "a/b", "--yes"], {
		HF_TOKEN: WRITE_TOKEN,
	});
	expect(empty.status).toBe(2);
	const name = await tabtune(["push", "--folder", folder, "--repo", "pirate", "--yes"], { HF_TOKEN: WRITE_TOKEN });
	expect([name.status, name.stderr]).toEqual([2, expect.stringContaining('"pirate"')]);
});
