// Answers of a Hub with changed values, bytes and headers: the files as they were uploaded, or a refusal.
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { changedBytes, changedJson, fuzz, randomOf } from "../../shared/test-fuzz.ts";
import type { KeptModel } from "../api.ts";
import { type CacheFile, download, fileHeaders, find, type ModelCache, parseRequest, totalBytes } from "./index.ts";

const SHA = "0123456789abcdef0123456789abcdef01234567";
const WEIGHTS = "model.safetensors";
const header = new TextEncoder().encode('{"a":{"dtype":"F32","shape":[500],"data_offsets":[0,2000]}}');
const weights = new Uint8Array(8 + header.length + 2000).map((_, i) => (i * 2654435761) >>> 13);
new DataView(weights.buffer).setBigUint64(0, BigInt(header.length), true);
weights.set(header, 8);
const files: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
	"config.json": new TextEncoder().encode("{}"),
	[WEIGHTS]: weights,
};
const hashOf = (kind: string, bytes: Uint8Array, prefix = "") =>
	createHash(kind).update(prefix).update(bytes).digest("hex");
const answer = {
	sha: SHA,
	gated: false,
	cardData: { license: "mit" },
	siblings: Object.entries(files).map(([rfilename, bytes]) => ({
		rfilename,
		size: bytes.length,
		blobId: hashOf("sha1", bytes, `blob ${bytes.length}\0`),
		...(rfilename === WEIGHTS ? { lfs: { sha256: hashOf("sha256", bytes), size: bytes.length } } : {}),
	})),
};
const PATHS = ["../../x.json", "/etc/passwd", "a/../../config.json", "C:\\x", "config.json", "record.json", "m.gguf"];
const SIZES = [-1, 0, 1, 2 ** 53, 1e308, 5e9, 2 ** 40, "5", null];
const HEADERS: Record<string, string>[] = [
	{},
	{ "Content-Range": "bytes 5-9/10" },
	{ "Content-Length": "3" },
	{ "Retry-After": "1e9" },
];
const STATUSES = [200, 206, 204, 404, 416, 429, 500];

/** A cache in memory. */
function memoryCache(): ModelCache & { readonly stored: Map<string, Uint8Array<ArrayBuffer>> } {
	const stored = new Map<string, Uint8Array<ArrayBuffer>>();
	const bytesOf = (path: string) => stored.get(path) ?? new Uint8Array();
	const fileAt = (path: string): CacheFile => ({
		get size() {
			return bytesOf(path).length;
		},
		read: async (offset, length) => bytesOf(path).slice(offset, offset + length),
		append: async (bytes) => void stored.set(path, new Uint8Array([...bytesOf(path), ...bytes])),
		empty: async () => void stored.set(path, new Uint8Array()),
		close: () => Promise.resolve(),
	});
	return {
		stored,
		list: () => Promise.resolve<KeptModel[]>([]),
		save: () => Promise.resolve(),
		size: async (_, path) => bytesOf(path).length,
		blob: async (_, path) => (stored.has(path) ? new Blob([bytesOf(path)]) : null),
		open: async (_, path) => fileAt(path),
		remove: () => Promise.resolve(),
	};
}

test("no answer of a Hub brings other bytes, another place or another host", async () => {
	const counts = await fuzz(
		(random) => {
			const value: { siblings: Record<string, unknown>[] } = structuredClone(answer);
			if (random.chance(0.3)) random.oneOf(value.siblings).rfilename = random.oneOf(PATHS);
			if (random.chance(0.3)) random.oneOf(value.siblings).size = random.oneOf(SIZES);
			const api = random.chance(0.6) ? changedJson(random, value) : JSON.stringify(value);
			return { input: { api, seed: random.below(1e9), faulty: random.chance(0.5) }, size: api.length + weights.length };
		},
		async ({ api, seed, faulty }) => {
			const random = randomOf(seed);
			const fetched = async (url: string, init: RequestInit) => {
				const { origin, pathname } = new URL(url);
				expect(origin).toBe("http://hub.test");
				const fault = faulty && random.chance(0.3);
				if (pathname.startsWith("/api/"))
					return new Response(api, { status: fault ? random.oneOf([200, 404, 429, 500]) : 200 });
				const whole = files[decodeURIComponent(pathname.split("/").slice(5).join("/"))] ?? new Uint8Array(10);
				const [, from, to] = /bytes=(\d+)-(\d*)/.exec((init.headers as Record<string, string>).Range ?? "") ?? [];
				const ranged = from !== undefined && random.chance(0.9);
				const part = ranged ? whole.slice(Number(from), to === "" ? undefined : Number(to) + 1) : whole;
				const status = fault ? random.oneOf(STATUSES) : ranged ? 206 : 200;
				const body = fault && random.chance(0.5) ? changedBytes(random, part) : part;
				return new Response(status === 204 ? null : body, { status, headers: fault ? random.oneOf(HEADERS) : {} });
			};
			const { ref, line } = parseRequest(
				{ model: "o/n", endpoint: "http://hub.test", token: "hf_x" },
				{ fetch: fetched, wait: () => Promise.resolve(), signal: new AbortController().signal, tries: 3 },
			);
			const model = await find(line, ref);
			expect(model.files.filter(({ path }) => /(^|\/)\.\.(\/|$)|^\/|[\\:]/.test(path))).toEqual([]);
			if (totalBytes(model.files) > 1e6) return; // the disk has no room for it
			await fileHeaders(line, model);
			const cache = memoryCache();
			await download(line, model, cache, () => undefined);
			for (const { path, hash } of model.files)
				if (hash !== null && path in files) expect(cache.stored.get(path)).toEqual(files[path]);
		},
	);
	expect(counts.read).toBeGreaterThan(0);
});
