// Reads and encodes a data file of one gigabyte as training does: speed, and memory beyond the rows themselves (four bytes and
// one bit per token). BENCH_MB changes the size. The file is created in the temporary folder and deleted.
import { createWriteStream, openAsBlob } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeFile } from "../src/engine/data/encode-file.ts";
import { Tokenizer } from "../src/engine/data/tokenizer.ts";

const size = Number(process.env.BENCH_MB ?? 1000) * 1e6;
const MIB = 2 ** 20;
const BASE = "public/base-model";

const rows = (await readFile("public/gallery/moon.jsonl", "utf8")).trim().split("\n");
const words = rows.join(" ").match(/[A-Za-z]+/g) ?? [];
const dir = await mkdtemp(join(tmpdir(), "tabtune-large-"));
try {
	const path = join(dir, "rows.jsonl");
	const file = createWriteStream(path);
	let written = 0;
	for (let row = 0; written < size; row++) {
		// Rows of one paragraph each, all different.
		const text = Array.from({ length: 120 }, (_, i) => words[(row * 7919 + i * (1 + (row % 13))) % words.length]);
		const line = `${JSON.stringify({ text: `${row} ${text.join(" ")}.` })}\n`;
		written += line.length;
		if (!file.write(line)) await new Promise<void>((resolve) => file.once("drain", () => resolve()));
	}
	await new Promise<void>((resolve) => file.end(resolve));
	const [tokenizer_json, tokenizer_config] = await Promise.all(
		["tokenizer.json", "tokenizer_config.json"].map((name) => readFile(join(BASE, name), "utf8")),
	);
	const tokenizer = Tokenizer.load({ tokenizer: tokenizer_json, tokenizer_config });
	const before = process.memoryUsage().rss;
	let peak = before;
	const watch = setInterval(() => {
		peak = Math.max(peak, process.memoryUsage().rss);
	}, 20);
	const started = performance.now();
	const { dataset } = await encodeFile(
		{ name: "rows.jsonl", format: "jsonl", blob: await openAsBlob(path) },
		{
			tokenizer,
			template: null,
			vocabSize: 2048,
			settings: { max_length: 1024, assistant_only_loss: false, completion_only_loss: true },
		},
	);
	const seconds = (performance.now() - started) / 1000;
	clearInterval(watch);
	const least = (4.125 * dataset.tokens) / MIB;
	const taken = (Math.max(peak, process.memoryUsage().rss) - before) / MIB;
	console.log(
		`${(written / 1e6).toFixed(0)} MB, ${dataset.rowCount} rows, ${(dataset.tokens / 1e6).toFixed(0)} M tokens: ${seconds.toFixed(0)} s, ${(written / 1e6 / seconds).toFixed(1)} MB a second; ${taken.toFixed(0)} MiB at the peak, ${(taken / least).toFixed(2)} times the ${least.toFixed(0)} MiB of the rows`,
	);
} finally {
	await rm(dir, { recursive: true, force: true });
}
