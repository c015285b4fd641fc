// Hubs whose answers are too long, tokens that are none, and stored models whose bytes change.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, test } from "vitest";
import { diskCache } from "../../cli/disk-cache.ts";
import { type PlayedHub, playHub } from "../../cli/test-hub.ts";
import {
	changedFiles,
	discardFiles,
	download,
	fileHeaders,
	find,
	type ModelCache,
	parseRequest,
	withoutChecksum,
} from "./index.ts";

const WEIGHTS = "model.safetensors";
const bytes = new Uint8Array(100_000).map((_, i) => (i * 2654435761) >>> 13);
const FILES = { "config.json": new TextEncoder().encode("{}"), [WEIGHTS]: bytes };

let hub: PlayedHub;
let root: string;
let cache: ModelCache;
beforeEach(async () => {
	hub = await playHub({
		"a/plain": { files: FILES },
		"a/unhashed": { files: FILES, sibling: (path) => ({ rfilename: path, size: FILES[path as "config.json"].length }) },
		"a/large": {
			files: FILES,
			sibling: (path, entry) => (path === "config.json" ? { ...entry, size: 20e9 } : entry),
		},
	});
	root = await mkdtemp(join(tmpdir(), "tabtune-hub-"));
	cache = diskCache(root);
});
afterEach(async () => {
	await hub.close();
	await rm(root, { recursive: true, force: true });
});

const open = (model: string, { token = null as string | null, endpoint = hub.endpoint } = {}) =>
	parseRequest(
		{ model, endpoint, token },
		{ fetch, wait: () => Promise.resolve(), signal: new AbortController().signal },
	);
const fetched = async (model: string) => {
	const { ref, line } = open(model);
	return download(line, await find(line, ref), cache, () => undefined);
};

it.each(["a/plain", "a/unhashed"])("a changed byte of %s is noticed, and downloaded again", async (name) => {
	const model = await fetched(name);
	expect(await changedFiles(model, cache)).toEqual([]);
	const path = join(root, model.key, WEIGHTS);
	const changed = new Uint8Array(await readFile(path));
	changed[77_777] ^= 1;
	await writeFile(path, changed);
	expect(await changedFiles(model, cache)).toEqual([WEIGHTS]);
	await discardFiles(model, [WEIGHTS], cache);
	expect(await changedFiles(await fetched(name), cache)).toEqual([]);
	expect(new Uint8Array(await readFile(path))).toEqual(bytes);
});

it("states which files have no checksum", async () => {
	const filesOf = async (model: string) => {
		const { ref, line } = open(model);
		return (await find(line, ref)).files;
	};
	expect(withoutChecksum(await filesOf("a/plain"))).toEqual([]);
	expect(withoutChecksum(await filesOf("a/unhashed"))).toEqual(["config.json", WEIGHTS]);
	expect(withoutChecksum(await filesOf(`${hub.elsewhere}/a/plain`))).toEqual(["config.json", WEIGHTS]);
});

it("a small file of 20 GB and an answer without an end are refused", async () => {
	const { ref, line } = open("a/large");
	await expect(find(line, ref)).rejects.toThrow("config.json is larger than 256 MB");
	const model = { ...(await find(line, open("a/plain").ref)) };
	const files = model.files.map((file) => (file.path === "config.json" ? { ...file, size: 20e9 } : file));
	await expect(fileHeaders(line, { ...model, files })).rejects.toThrow("config.json is larger than 100 MB");

	const server = createServer((_, response) => {
		const piece = Buffer.alloc(2 ** 20, 32);
		const more = () => {
			while (response.write(piece));
			response.once("drain", more);
		};
		more();
	});
	await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
	try {
		const endless = open("a/plain", { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
		await expect(find(endless.line, endless.ref)).rejects.toThrow("a/plain is larger than 67 MB");
	} finally {
		server.closeAllConnections();
		server.close();
	}
});

test("a token that no header can have is refused before it is used, and never quoted", () => {
	expect(open("a/plain", { token: " hf_token\n" }).line.token).toBe("hf_token");
	expect(open("a/plain", { token: " " }).line.token).toBeNull();
	for (const token of ["hf_SECRET\nx", "hf_SECRET\u00e9", "hf_SE CRET", "h".repeat(5000)]) {
		let said = "";
		expect(() => {
			try {
				open("a/plain", { token });
			} catch (error) {
				said = String(error);
				throw error;
			}
		}).toThrow("the access token has characters that no token has");
		expect(said).not.toContain("SECRET");
	}
});

test("an address with a password is refused, and the password never quoted", () => {
	for (const at of [{ endpoint: "https://me:SECRET@mirror.example" }, {}]) {
		const model = at.endpoint === undefined ? "https://me:SECRET@other.example/m.gguf" : "a/plain";
		expect(() => open(model, at)).toThrow(/^(?!.*SECRET).*contains a user name or a password/);
	}
});
