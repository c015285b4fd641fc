// The files of a run under failures: the lock, the log, and an adapter whose replacement was interrupted.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { MetricsLog } from "./metrics-log.ts";
import { lockFile } from "./process-lock.ts";
import { adapterFolder, finishAdapterFiles } from "./trained.ts";

let dir: string;
beforeEach(async () => {
	dir = await mkdtemp(join(tmpdir(), "tabtune-files-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test("a lock is exclusive, and that of an ended process or of an earlier owner of its id is taken over", async () => {
	const path = join(dir, "lock");
	const lock = () => lockFile(path, (pid) => new Error(`process ${pid}`));
	const unlock = await lock();
	await expect(lock()).rejects.toThrow(`process ${process.pid}`);
	await unlock();
	for (const holder of [{ pid: 2 ** 22 + 1 }, { pid: process.pid, started: "1" }]) {
		await writeFile(path, JSON.stringify({ host: hostname(), started: null, ...holder }));
		await (await lock())();
	}
	await writeFile(path, '{"pid":'); // cut off
	const results = await Promise.allSettled([lock(), lock(), lock()]);
	expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
	expect((await readdir(dir)).sort()).toEqual(["lock"]);
});

test("lines of a log that cannot be written are written later, in order", async () => {
	const path = join(dir, "out", "metrics.jsonl");
	const log = new MetricsLog(path, true);
	const step = (n: number) =>
		log.add({ type: "step", step: n, loss: 1, grad_norm: 1, learning_rate: 1, num_tokens: 1, elapsed: n });
	for (let n = 1; n <= 25; n++) step(n);
	await log.flush();
	await mkdir(join(dir, "out"));
	step(26);
	await log.close();
	const lines = (await readFile(path, "utf8")).trim().split("\n");
	expect(lines.map((line) => JSON.parse(line).step)).toEqual(Array.from({ length: 26 }, (_, i) => i + 1));
});

test("an adapter whose replacement was interrupted is read whole, and the replacement is finished", async () => {
	const put = async (path: string, text: string) => {
		await mkdir(join(dir, path, ".."), { recursive: true });
		await writeFile(join(dir, path), text);
	};
	await put("adapter_model.safetensors", "new weights"); // moved before the interruption
	await put("adapter_config.json", "old config");
	await put(".adapter-new/adapter_config.json", "new config");
	const folder = await adapterFolder(dir);
	expect(await folder.text("adapter_config.json")).toBe("new config");
	expect(await folder.text("adapter_model.safetensors")).toBe("new weights");
	await finishAdapterFiles(dir);
	expect((await readdir(dir)).sort()).toEqual(["adapter_config.json", "adapter_model.safetensors"]);
	expect(await readFile(join(dir, "adapter_config.json"), "utf8")).toBe("new config");
});
