// Measures the memory of a download: a large file from a local server, over a connection that breaks once, into the command's
// model cache, with checksum. `npm run bench bench/hub.ts`.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diskCache } from "../src/cli/disk-cache.ts";
import { download, wait } from "../src/engine/hub/index.ts";

const MB = 2 ** 20;
const SIZE = 300 * MB;

// The first response ends in the middle.
const SERVER = `
	let first = true;
	const server = require("node:http").createServer((request, response) => {
		const from = Number(/=(\\d+)/.exec(request.headers.range ?? "=0")[1]);
		response.writeHead(from > 0 ? 206 : 200, { "Content-Length": ${SIZE} - from });
		const piece = Buffer.alloc(${MB}, 7);
		const stop = first ? ${SIZE / 2} : ${SIZE};
		first = false;
		const send = (at) => {
			if (at >= stop) return stop < ${SIZE} ? response.destroy() : response.end();
			response.write(piece.subarray(0, Math.min(${MB}, stop - at)), () => send(at + ${MB}));
		};
		send(from);
	});
	server.listen(0, "127.0.0.1", () => console.log(server.address().port));
`;
const child = spawn(process.execPath, ["-e", SERVER], { stdio: ["ignore", "pipe", "inherit"] });
const [output] = (await once(child.stdout, "data")) as [Buffer];
const endpoint = `http://127.0.0.1:${output.toString().trim()}`;
const hash = createHash("sha256");
for (let i = 0; i < SIZE / MB; i++) hash.update(Buffer.alloc(MB, 7));

const cache = await mkdtemp(join(tmpdir(), "tabtune-hub-"));
const model = {
	...{ key: "bench", name: "bench/large", revision: null, commit: null, source: endpoint, license: null },
	...{ parameters: null, gguf: null },
	files: [
		{ path: "large", url: `${endpoint}/large`, size: SIZE, hash: { kind: "sha256" as const, hex: hash.digest("hex") } },
	],
};
const memoryInUse = () => {
	const { heapUsed, external } = process.memoryUsage();
	return heapUsed + external;
};
const before = { bytes: memoryInUse(), rss: process.memoryUsage().rss };
const worst = { bytes: 0, rss: 0 };
const sampling = setInterval(() => {
	worst.bytes = Math.max(worst.bytes, memoryInUse() - before.bytes);
	worst.rss = Math.max(worst.rss, process.memoryUsage().rss - before.rss);
}, 5);
const began = performance.now();
try {
	const signal = new AbortController().signal;
	await download({ endpoint, token: null, signal, fetch, wait }, model, diskCache(cache), () => undefined);
} finally {
	clearInterval(sampling);
	child.kill();
	await rm(cache, { recursive: true, force: true });
}
const seconds = ((performance.now() - began) / 1000).toFixed(1);
const mib = (bytes: number) => `${(bytes / MB).toFixed(0)} MiB`;
console.log(
	`${mib(SIZE)} in ${seconds} s; at most ${mib(worst.bytes)} of heap and buffers, ${mib(worst.rss)} more of the process`,
);
