import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { diskCache } from "../../cli/disk-cache.ts";
import { PLAYED_TOKEN, type PlayedHub, playHub } from "../../cli/test-hub.ts";
import { TabTuneError } from "../../shared/errors.ts";
import { hubMessage } from "../../shared/messages/index.ts";
import type { HubProgress, KeptModel } from "../api.ts";
import {
	download,
	fileHeaders,
	find,
	findCached,
	isComplete,
	type ModelCache,
	parseRequest,
	totalBytes,
} from "./index.ts";
import { LARGE, MODELS, WEIGHTS, weights } from "./test-models.ts";

let hub: PlayedHub;
let root: string;
let cache: ModelCache;
let pauses: number[];
beforeEach(async () => {
	hub = await playHub(MODELS);
	root = await mkdtemp(join(tmpdir(), "tabtune-hub-"));
	cache = diskCache(root);
	pauses = [];
});
afterEach(async () => {
	await hub.close();
	await rm(root, { recursive: true, force: true });
});

const open = (model: string, token: string | null = null, signal = new AbortController().signal) =>
	parseRequest({ model, endpoint: hub.endpoint, token }, { fetch, wait: async (ms) => void pauses.push(ms), signal });
async function fetched(model: string, token: string | null = null, reported: HubProgress[] = []): Promise<KeptModel> {
	const { ref, line } = open(model, token);
	return download(line, await find(line, ref), cache, (progress) => reported.push(progress));
}
const onDisk = ({ key }: KeptModel, path = WEIGHTS) => readFile(join(root, key, path));
const asked = (path: string) => hub.seen.filter((seen) => seen.path.endsWith(path));
const failing = async (work: Promise<unknown>): Promise<TabTuneError> => {
	const thrown = await work.then(
		() => null,
		(error: unknown) => error,
	);
	if (!(thrown instanceof TabTuneError)) throw thrown ?? new Error("it went well");
	expect(thrown.parts.next).toBeDefined();
	return thrown;
};

it("a model is found at its commit, with licence, sizes and checksums, and only what a run needs is downloaded", async () => {
	const { ref, line } = open("a/plain");
	const model = await find(line, ref);
	expect(model).toMatchObject({ name: "a/plain", revision: "main", commit: hub.commit, license: "apache-2.0" });
	expect(model.files.map(({ path }) => path)).toEqual(["config.json", "README.md", WEIGHTS]);
	const reported: HubProgress[] = [];
	const kept = await download(line, model, cache, (progress) => reported.push(progress));
	expect(isComplete(kept)).toBe(true);
	expect(Buffer.from(LARGE).equals(await onDisk(kept))).toBe(true);
	expect(reported.at(-1)).toEqual({
		done: totalBytes(model.files),
		total: totalBytes(model.files),
		file: WEIGHTS,
		retryMilliseconds: 0,
	});
	// All of it comes by the commit; again, nothing comes.
	expect(hub.seen.filter(({ path }) => path.includes("/resolve/")).every(({ path }) => path.includes(hub.commit))).toBe(
		true,
	);
	const before = asked(WEIGHTS).length;
	await download(line, model, cache, () => undefined);
	expect(asked(WEIGHTS).length).toBe(before);
	expect(findCached(await cache.list(), "a/plain", "main", null)?.key).toBe(kept.key);
	expect(findCached(await cache.list(), "a/plain", "0123456", null)?.key).toBe(kept.key);
	expect(findCached(await cache.list(), "a/plain", "other", null)).toBeNull();
});

it("lists every file of a tokenizer and its chat templates; vocab.json and merges.txt only without tokenizer.json", async () => {
	const pathsOf = async (model: string) => {
		const { ref, line } = open(model);
		return (await find(line, ref)).files.map(({ path }) => path);
	};
	expect(await pathsOf("a/tokenizer")).toEqual([
		"config.json",
		"tokenizer.json",
		"added_tokens.json",
		"README.md",
		"additional_chat_templates/rag.jinja",
		WEIGHTS,
	]);
	const older = ["config.json", "README.md", "vocab.json", "merges.txt", WEIGHTS];
	expect(await pathsOf("a/older")).toEqual(older);
	expect((await pathsOf(`${hub.elsewhere}/a/older`)).sort()).toEqual(older.toSorted());
});

it("a download resumes after a broken connection, with a new link", async () => {
	hub.fault(WEIGHTS, { dropAfter: 100_000 }, { dropAfter: 50_000 });
	const kept = await fetched("a/plain");
	expect(Buffer.from(LARGE).equals(await onDisk(kept))).toBe(true);
	const parts = hub.seen.filter(({ server }) => server === "cdn");
	const [first, second, third] = parts.map(({ range }) => Number(/\d+/.exec(range ?? "0")));
	expect([parts.length, first]).toEqual([3, 0]);
	expect(second).toBeGreaterThan(0);
	expect(second).toBeLessThanOrEqual(100_000);
	expect(third).toBeGreaterThan(second);
	expect(third).toBeLessThanOrEqual(second + 50_000);
	expect(new Set(hub.seen.filter(({ status }) => status === 302)).size).toBe(3);
	expect(pauses).toEqual([1000, 1000]);
});

it("a later call verifies the stored bytes and requests only the rest", async () => {
	const { ref, line } = open("a/plain");
	const model = await find(line, ref);
	const stop = new AbortController();
	const reported = (progress: HubProgress) => progress.done > 150_000 && stop.abort();
	hub.fault(WEIGHTS, { dropAfter: 200_000 });
	await expect(download({ ...line, signal: stop.signal }, model, cache, reported)).rejects.toThrow(/abort/i);
	const half = (await stat(join(root, model.key, WEIGHTS))).size;
	expect(half).toBeGreaterThan(100_000);
	const kept = await download(line, model, cache, () => undefined);
	expect(Buffer.from(LARGE).equals(await onDisk(kept))).toBe(true);
	expect(hub.seen.at(-1)?.range).toBe(`bytes=${half}-`);
});

it("bytes that were damaged on disk are downloaded again", async () => {
	const { ref, line } = open("a/plain");
	const model = await find(line, ref);
	const place = await cache.open(model.key, WEIGHTS);
	await place.append(new Uint8Array(1000));
	await place.close();
	const kept = await download(line, model, cache, () => undefined);
	expect(Buffer.from(LARGE).equals(await onDisk(kept))).toBe(true);
});

it("an expired link is renewed; 429 and 503 wait for Retry-After", async () => {
	hub.fault(WEIGHTS, { status: 403 }, { status: 503 }, { status: 429, headers: { "Retry-After": "7" } });
	hub.fault("api", { status: 429, headers: { "Retry-After": "3" } });
	const kept = await fetched("a/plain");
	expect(Buffer.from(LARGE).equals(await onDisk(kept))).toBe(true);
	expect(pauses).toEqual([3000, 1000, 2000, 7000]);
});

it("a download without range support restarts, and fails after repeated breaks", async () => {
	hub.fault(WEIGHTS, { dropAfter: 100_000 }, { noRanges: true });
	expect(Buffer.from(LARGE).equals(await onDisk(await fetched("a/plain")))).toBe(true);
	await cache.remove((await cache.list())[0].key);
	const cut = { dropAfter: 100_000, noRanges: true };
	hub.fault(WEIGHTS, ...Array.from({ length: 40 }, () => cut));
	expect((await failing(fetched("a/plain"))).message).toMatch(/did not have the expected 4000\d\d bytes/);
});

it("retry delays grow, and a persistent error is reported", async () => {
	hub.fault("api", ...Array.from({ length: 6 }, () => ({ status: 502 })));
	expect((await failing(fetched("a/plain"))).message).toMatch(/status 502/);
	expect(pauses).toEqual([1000, 2000, 4000, 8000, 16000]);
	hub.fault("api", { status: 429, headers: { "Retry-After": "3600" } });
	expect((await failing(fetched("a/plain"))).message).toMatch(/too many requests/);
	expect(pauses.length).toBe(5);
	await hub.close();
	expect((await failing(fetched("a/plain"))).message).toMatch(/connection to 127\.0\.0\.1:\d+ failed.*ECONNREFUSED/);
	hub = await playHub(MODELS);
});

it("a gated model needs a token, which is sent to the Hub and never to a redirect target", async () => {
	expect((await failing(fetched("a/gated"))).message).toMatch(/a\/gated is a gated model/);
	expect((await failing(fetched("a/gated", "hf_of_another"))).message).toMatch(
		/does not have access to config\.json yet/,
	);
	await fetched("a/gated", PLAYED_TOKEN);
	const tokens = (server: string) =>
		new Set(hub.seen.filter((seen) => seen.server === server).map(({ token }) => token));
	expect(tokens("cdn")).toEqual(new Set([null]));
	expect(tokens("hub")).toContain(`Bearer ${PLAYED_TOKEN}`);
});

it("a model that is missing, incomplete or unspecified is rejected before the download", async () => {
	expect((await failing(fetched("a/none"))).message).toMatch(/there is no a\/none, or it is private/);
	expect((await failing(fetched("a/plain@v9"))).message).toMatch(/a\/plain has no such revision/);
	expect((await failing(fetched("a/plain/x.gguf"))).message).toMatch(/x\.gguf was not found/);
	expect((await failing(fetched("a/cut"))).message).toMatch(/2 of 2 weight files are missing: one\.safetensors, two/);
	expect((await failing(fetched("a/sizeless"))).message).toMatch(/does not report the size of config\.json/);
	expect((await failing(fetched("a/hashless"))).message).toMatch(/does not report the SHA-256 of model\.safetensors/);
	expect((await failing(fetched("a/ggufs"))).message).toMatch(
		/2 GGUF files: q8\.gguf, q4\.gguf.*for example a\/ggufs\/q8\.gguf/,
	);
	expect((await failing(fetched("a/bin"))).message).toMatch(/neither safetensors nor GGUF/);
	expect(hub.seen.some(({ path }) => path.endsWith(WEIGHTS))).toBe(false);
	expect((await fetched("a/gguf")).gguf).toBe("q8.gguf");
	expect((await fetched("a/ggufs/q4.gguf@main")).files.map(({ path }) => path)).toEqual(["q4.gguf"]);
	expect(() => open("just-a-word")).toThrow(/is not the name of a model/);
});

it("a wrong checksum is reported for large and small files, and the data is deleted", async () => {
	for (const [model, path] of [
		["a/wrong", WEIGHTS],
		["a/wrong-small", "config.json"],
	]) {
		expect((await failing(fetched(model))).message).toMatch(`checksum of ${path} does not match`);
		const kept = (await cache.list()).find(({ name }) => name === model);
		expect(kept?.files.find((file) => file.path === path)?.checked).toBe(false);
		expect((await stat(join(root, kept?.key ?? "", path))).size).toBe(0);
	}
});

it("a full disk is reported, and the download later resumes from there", async () => {
	const { ref, line } = open("a/plain");
	const model = await find(line, ref);
	const small: ModelCache = {
		...cache,
		async open(key, path) {
			const place = await cache.open(key, path);
			return {
				...place,
				get size() {
					return place.size;
				},
				async append(bytes) {
					if (place.size + bytes.length > 200_000)
						throw new TabTuneError("storage", { what: hubMessage("diskFull"), next: hubMessage("diskFull.next") });
					await place.append(bytes);
				},
			};
		},
	};
	expect((await failing(download(line, model, small, () => undefined))).code).toBe("storage");
	const half = (await stat(join(root, model.key, WEIGHTS))).size;
	expect(half).toBeGreaterThan(0);
	await download(line, model, cache, () => undefined);
	expect(hub.seen.at(-1)?.range).toBe(`bytes=${half}-`);
});

it("a file that another process downloads is not touched; the lock of an ended process is ignored", async () => {
	const { ref, line } = open("a/plain");
	const model = await find(line, ref);
	await (await cache.open(model.key, "config.json")).close();
	const lock = join(root, model.key, "config.json.lock");
	await writeFile(lock, String(process.ppid));
	expect((await failing(download(line, model, cache, () => undefined))).code).toBe("busy");
	await writeFile(lock, "4194999");
	await download(line, model, cache, () => undefined);
});

it("range requests read config.json and the headers of the weights", async () => {
	const { ref, line } = open("a/plain");
	const heads = (await fileHeaders(line, await find(line, ref))) ?? [];
	expect(heads.map(({ path, size }) => [path, size])).toEqual([
		["config.json", 2],
		[WEIGHTS, LARGE.length],
	]);
	expect(heads[1].blob.size).toBe(256 * 1024);
	expect(hub.seen.at(-1)?.range).toBe("bytes=0-262143");
});

it("a folder and a GGUF file at any URL are downloaded without the token; a changed file is another model", async () => {
	const kept = await fetched(`${hub.elsewhere}/a/plain/`, PLAYED_TOKEN);
	expect(kept.files.map(({ path }) => path)).toEqual(["config.json", "README.md", WEIGHTS]);
	expect(Buffer.from(LARGE).equals(await onDisk(kept))).toBe(true);
	const older = await fetched(`${hub.elsewhere}/a/sentencepiece`);
	const more = ["tokenizer.model", "additional_chat_templates/tool_use.jinja"];
	expect(older.files.map(({ path }) => path)).toEqual(expect.arrayContaining(more));
	expect((await onDisk(older, "tokenizer.model")).equals(Buffer.from(weights(4000)))).toBe(true);
	const gguf = await fetched(`${hub.elsewhere}/a/gguf/q8.gguf`, PLAYED_TOKEN);
	expect(gguf).toMatchObject({ name: "q8", commit: null, gguf: "model.gguf" });
	expect(Buffer.from(LARGE).equals(await onDisk(gguf, "model.gguf"))).toBe(true);
	expect(hub.seen.every(({ token }) => token === null)).toBe(true);
	expect((await failing(fetched(`${hub.elsewhere}/a/gguf`))).message).toMatch(/no config\.json at this address/);
	hub.elsewhereDated(new Date(0));
	expect((await fetched(`${hub.elsewhere}/a/gguf/q8.gguf`)).key).not.toBe(gguf.key);
});
