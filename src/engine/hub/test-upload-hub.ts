// A local fake Hub that accepts uploads: repositories, Git LFS storage on a second server, and commits. It checks the token,
// the checksums and the sizes as the Hub does.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export const WRITE_TOKEN = "hf_write";

export interface WritableRepository {
	private: boolean;
	readonly files: Map<string, Buffer>;
	readonly summaries: string[];
}

export interface WritableHub {
	readonly endpoint: string;
	readonly repositories: Map<string, WritableRepository>;
	/** Requests, with the token of each: "hub POST /api/repos/create Bearer hf_write". */
	readonly seen: string[];
	/** Statuses of the next requests of the storage. */
	readonly storageFaults: number[];
	close(): Promise<void>;
}

/** @param partSize bytes of each part of a large file; 0 sends files whole */
export async function startWritableHub(partSize = 0): Promise<WritableHub> {
	const repositories = new Map<string, WritableRepository>();
	const objects = new Map<string, Buffer>();
	const parts = new Map<string, Buffer[]>();
	const seen: string[] = [];
	const storageFaults: number[] = [];
	const note = (server: string, { method, url, headers }: IncomingMessage) =>
		seen.push(`${server} ${method} ${url} ${headers.authorization ?? "no token"}`);
	const storage = createServer(async (request, response) => {
		note("storage", request);
		const body = await bodyOf(request);
		const fault = storageFaults.shift();
		if (fault !== undefined) return void response.writeHead(fault).end();
		const [, oid, part] = /^\/([0-9a-f]{64})(?:\/(\d+))?$/.exec(request.url ?? "") ?? [];
		if (part === undefined) objects.set(oid, body);
		else (parts.get(oid) ?? parts.set(oid, []).get(oid))?.splice(Number(part) - 1, 1, body);
		response.setHeader("etag", `"${oid}-${part}"`).end();
	});
	await listen(storage);
	const hub = createServer(async (request, response) => {
		note("hub", request);
		const body = (await bodyOf(request)).toString();
		const answer = (value: object, status = 200) =>
			response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
		const url = request.url ?? "";
		if (request.headers.authorization !== `Bearer ${WRITE_TOKEN}`) return answer({ error: "Invalid credentials" }, 401);
		if (url === "/api/whoami-v2") return answer({ name: "tester" });
		if (url === "/api/repos/create") {
			const { organization, name, private: hidden } = JSON.parse(body);
			if (organization !== "tester") return answer({ error: `You cannot write to ${organization}` }, 403);
			const id = `${organization}/${name}`;
			if (repositories.has(id)) return answer({ error: "exists" }, 409);
			repositories.set(id, { private: hidden, files: new Map(), summaries: [] });
			return answer({ url: id });
		}
		const [, id, path] = /^\/(?:api\/models\/)?([^/]+\/[^/.]+)(?:\.git)?(\/.*)?$/.exec(url) ?? [];
		const repository = repositories.get(id);
		if (repository === undefined) {
			response.setHeader("X-Error-Code", "RepoNotFound");
			return answer({ error: "Repository not found" }, 404);
		}
		if (path === undefined) return answer({ id, private: repository.private });
		if (path === "/preupload/main") {
			const { files } = JSON.parse(body) as { files: { path: string; size: number; sample: string }[] };
			const mode = (name: string) => (/\.(safetensors|gguf)$/.test(name) ? "lfs" : "regular");
			return answer({
				files: files.map((file) => ({ path: file.path, uploadMode: mode(file.path), shouldIgnore: false })),
			});
		}
		if (path === "/info/lfs/objects/batch") {
			const asked = JSON.parse(body) as { objects: { oid: string; size: number }[] };
			const action = ({ oid, size }: { oid: string; size: number }) => {
				if (objects.has(oid)) return { oid, size };
				const verify = { href: `${address(hub)}/${id}/verify` };
				if (partSize === 0) return { oid, size, actions: { upload: { href: `${address(storage)}/${oid}` }, verify } };
				const count = Math.ceil(size / partSize);
				const urls = Array.from({ length: count }, (_, i) => [String(i + 1), `${address(storage)}/${oid}/${i + 1}`]);
				const header = { chunk_size: String(partSize), ...Object.fromEntries(urls) };
				return { oid, size, actions: { upload: { href: `${address(hub)}/${id}/complete`, header }, verify } };
			};
			return answer({ transfer: "basic", objects: asked.objects.map(action) });
		}
		if (path === "/complete") {
			const { oid, parts: list } = JSON.parse(body) as { oid: string; parts: { partNumber: number; etag: string }[] };
			if (list.some(({ partNumber, etag }) => etag !== `"${oid}-${partNumber}"`)) return answer({ error: "etag" }, 400);
			objects.set(oid, Buffer.concat(parts.get(oid) ?? []));
			return answer({});
		}
		if (path === "/verify") {
			const { oid, size } = JSON.parse(body);
			const bytes = objects.get(oid);
			const good =
				bytes !== undefined && bytes.length === size && createHash("sha256").update(bytes).digest("hex") === oid;
			return good ? answer({}) : answer({ error: "checksum" }, 422);
		}
		if (path === "/commit/main") {
			for (const line of body.split("\n")) {
				const { key, value } = JSON.parse(line);
				if (key === "header") repository.summaries.push(value.summary);
				if (key === "file") repository.files.set(value.path, Buffer.from(value.content, "base64"));
				if (key === "lfsFile") {
					const bytes = objects.get(value.oid);
					if (bytes === undefined) return answer({ error: `${value.path} was not uploaded` }, 400);
					repository.files.set(value.path, bytes);
				}
			}
			return answer({ success: true, commitOid: "ab".repeat(20), commitUrl: `${address(hub)}/${id}/commit/ab` });
		}
		return answer({ error: "unknown" }, 404);
	});
	await listen(hub);
	return {
		endpoint: address(hub),
		repositories,
		seen,
		storageFaults,
		async close() {
			for (const server of [hub, storage]) {
				server.closeAllConnections();
				await new Promise((done) => server.close(done));
			}
		},
	};
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
	const pieces: Buffer[] = [];
	for await (const piece of request) pieces.push(piece as Buffer);
	return Buffer.concat(pieces);
}

const listen = (server: Server): Promise<void> => new Promise((done) => server.listen(0, "127.0.0.1", done));
const address = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
