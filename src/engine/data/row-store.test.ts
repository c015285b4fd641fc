// The store returns the rows that were added, across chunk borders, with little memory overhead.
import { expect, test } from "vitest";
import { CHUNK_TOKENS, IGNORED, RowStore } from "./row-store.ts";

const rowOf = (length: number, from: number) => ({
	input_ids: Int32Array.from({ length }, (_, t) => from + t),
	labels: Int32Array.from({ length }, (_, t) => -from - t),
});

test("rows of every length are returned unchanged from any chunk", () => {
	const store = new RowStore();
	const lengths = [0, 3, 4093, 1, 0, 5000, 2, 4095, 4097, 20_000, 0, 7];
	for (const [i, length] of lengths.entries()) store.push(rowOf(length, 100_000 * i));
	expect(store.length).toBe(lengths.length);
	expect(store.tokens).toBe(lengths.reduce((a, b) => a + b));
	for (const [i, length] of lengths.entries()) {
		expect(store.rowLength(i)).toBe(length);
		expect(store.row(i)).toEqual(rowOf(length, 100_000 * i));
	}
});

test("growing copies nothing, and the chunks exceed the rows by at most one chunk", () => {
	const store = new RowStore();
	const row = rowOf(1000, 0);
	store.push(row);
	const first = store.row(0).input_ids.buffer;
	for (let i = 1; i < 5000; i++) store.push(row);
	expect(store.row(0).input_ids.buffer).toBe(first);
	const buffers = new Set(Array.from({ length: store.length }, (_, i) => store.row(i).input_ids.buffer));
	const capacity = [...buffers].reduce((total, { byteLength }) => total + byteLength / 4, 0);
	expect(capacity).toBeLessThanOrEqual(store.tokens + CHUNK_TOKENS + buffers.size * 1000); // a row's length lost a chunk at most
});

test("a row longer than a chunk gets a separate chunk, and the next row starts another", () => {
	const store = new RowStore();
	store.push(rowOf(2, 0));
	store.push(rowOf(CHUNK_TOKENS + 1, 5));
	store.push(rowOf(3, 9));
	expect([0, 1, 2].map((i) => store.rowLength(i))).toEqual([2, CHUNK_TOKENS + 1, 3]);
	expect(store.row(2)).toEqual(rowOf(3, 9));
});

test("labels that equal their tokens or are masked take one bit each; rows with other labels are stored in full", () => {
	const store = new RowStore();
	const masked = (length: number, from: number) => {
		const input_ids = Int32Array.from({ length }, (_, t) => from + t);
		return { input_ids, labels: input_ids.map((id, t) => ((t * 7 + from) % 3 === 0 ? IGNORED : id)) };
	};
	const rows = [masked(13, 1), masked(4099, 2), rowOf(5, 3), masked(9, 4), masked(1, 5), masked(0, 6), masked(31, 7)];
	for (const row of rows) store.push(row);
	rows.forEach((row, i) => expect(store.row(i), String(i)).toEqual(row));
	expect(store.row(1).labels.buffer).not.toBe(store.row(1).labels.buffer); // made anew each time
});
