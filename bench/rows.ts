// Measures the memory of encoded rows while a store is filled: the peak of the process relative to the minimum of four bytes and
// one bit per token. BENCH_ROWS changes how many rows of 700 tokens there are.
import { RowStore } from "../src/engine/data/row-store.ts";

const count = Number(process.env.BENCH_ROWS ?? 100_000);
const LENGTH = 700;
const MIB = 2 ** 20;

const row = Int32Array.from({ length: LENGTH }, (_, token) => token);
const before = process.memoryUsage().rss;
const store = new RowStore();
let peak = before;
const started = performance.now();
for (let index = 0; index < count; index++) {
	store.push({ input_ids: row, labels: row });
	if (index % 100 === 0) peak = Math.max(peak, process.memoryUsage().rss);
}
const filled = (performance.now() - started) / 1000;
peak = Math.max(peak, process.memoryUsage().rss);
const least = (4.125 * store.tokens) / MIB;
const taken = (peak - before) / MIB;
console.log(
	`${count} rows of ${LENGTH} tokens, ${least.toFixed(0)} MiB: ${taken.toFixed(0)} MiB at the peak, ${(taken / least).toFixed(2)} times; ${filled.toFixed(2)} s`,
);
