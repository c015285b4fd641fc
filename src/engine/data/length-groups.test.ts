import { expect, test } from "vitest";
import { EncodedDataset } from "./dataset.ts";

const row = (length: number) => {
	const ids = Int32Array.from({ length }, (_, i) => i);
	return { input_ids: ids, labels: ids };
};
const ORDER = { per_device_train_batch_size: 4, shuffle: true, seed: 3, group_by_length: true };
const lengths = Array.from({ length: 83 }, (_, i) => 2 + ((i * 37) % 61));
const rows = EncodedDataset.of(lengths.map(row));

test("an epoch contains every row once, starts with the longest, and depends on epoch and seed", () => {
	const [first, second] = [rows.epochOrder(0, ORDER), rows.epochOrder(1, ORDER)].map((order) => [...order]);
	expect([...first].sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
	expect(lengths[first[0]]).toBe(Math.max(...lengths));
	expect(second).not.toEqual(first);
	expect([...EncodedDataset.of(lengths.map(row)).epochOrder(0, ORDER)]).toEqual(first);
});

test("rows of a batch have similar lengths", () => {
	const spread = (group_by_length: boolean) => {
		const order = rows.epochOrder(0, { ...ORDER, group_by_length });
		const batches = Array.from({ length: Math.floor(order.length / 4) }, (_, i) => [
			...order.subarray(4 * i, 4 * i + 4),
		]);
		const spreads = batches.map((batch) => {
			const of = batch.map((unit) => lengths[unit]);
			return Math.max(...of) - Math.min(...of);
		});
		return spreads.reduce((total, n) => total + n, 0) / spreads.length;
	};
	expect(spread(true)).toBeLessThan(spread(false) / 2);
});

test("works for fewer rows than a group, and for one row", () => {
	expect([...EncodedDataset.of([3, 9, 5].map(row)).epochOrder(0, ORDER)]).toEqual([1, 2, 0]);
	expect([...EncodedDataset.of([row(4)]).epochOrder(0, ORDER)]).toEqual([0]);
});
