import { describe, expect, test } from "vitest";
import { EncodedDataset, type EncodedRow, IGNORED } from "./dataset.ts";

const row = (input_ids: number[], labels: number[] = input_ids): EncodedRow => ({
	input_ids: Int32Array.from(input_ids),
	labels: Int32Array.from(labels),
});
/** Ten rows; row i holds i + 2 tokens, all 100 + i. */
const ten = () => EncodedDataset.of(Array.from({ length: 10 }, (_, i) => row(Array(i + 2).fill(100 + i))));
const settings = { per_device_train_batch_size: 4, shuffle: true, seed: 42 };
const rowsSeen = (data: EncodedDataset, epoch: number, how = settings) =>
	[...data.microBatches(epoch, how)].flatMap((batch) => [...new Set(batch.ids)]);

describe("order", () => {
	test("an epoch contains every row once, in an order that depends on epoch and seed", () => {
		const first = rowsSeen(ten(), 0);
		expect([...first].sort()).toEqual(Array.from({ length: 10 }, (_, i) => 100 + i));
		expect(rowsSeen(ten(), 0)).toEqual(first);
		expect(rowsSeen(ten(), 1)).not.toEqual(first);
		expect(rowsSeen(ten(), 0, { ...settings, seed: 7 })).not.toEqual(first);
	});

	test("without shuffling, every epoch follows the file, and the last micro-batch may be smaller", () => {
		const batches = [...ten().microBatches(3, { ...settings, shuffle: false })];
		expect(batches.map((batch) => [...new Set(batch.ids)])).toEqual([
			[100, 101, 102, 103],
			[104, 105, 106, 107],
			[108, 109],
		]);
	});

	test("a micro-batch does not depend on earlier requests", () => {
		const walked = ten();
		const expected = [...walked.microBatches(2, settings)][1];
		walked.microBatch(0, 0, settings);
		expect(walked.microBatch(2, 1, settings)).toEqual(expected);
		expect(ten().microBatch(2, 1, settings)).toEqual(expected);
	});
});

describe("split", () => {
	test("holds out the share, keeps the order of the file and loses no row", () => {
		const { train, heldOut } = ten().split(0.3, 42);
		if (heldOut === null) throw new Error("nothing was held out");
		expect([train.length, heldOut.length]).toEqual([7, 3]);
		const ids = [train, heldOut].map((part) => part.batchesInOrder(100)[0].ids);
		for (const part of ids) expect([...part]).toEqual([...part].sort((a, b) => a - b));
		expect(new Set([...ids[0], ...ids[1]]).size).toBe(10);
		expect(ten().split(0.3, 43).heldOut?.batchesInOrder(100)[0].ids).not.toEqual(ids[1]);
	});

	test("a tiny share holds out one row, half of two rows holds out one, and one row or no share holds out none", () => {
		expect(ten().split(0.001, 1).heldOut?.length).toBe(1);
		const two = EncodedDataset.of([row([1, 2]), row([3, 4])]);
		expect(two.split(0.9, 1).train.length).toBe(1);
		expect(EncodedDataset.of([row([1, 2])]).split(0.5, 1).heldOut).toBeNull();
		expect(ten().split(0, 1).heldOut).toBeNull();
	});
});

describe("packing", () => {
	test("a bin counts as one row of the batch, and its rows keep their positions and targets", () => {
		const packed = ten().packed(11);
		expect(packed.rowCount).toBe(10);
		expect(packed.length).toBeLessThan(10);
		expect(packed.tokens).toBe(ten().tokens);
		expect(packed.trainedTokens).toBe(ten().trainedTokens);
		const batch = packed.microBatch(0, 0, { ...settings, per_device_train_batch_size: packed.length });
		expect(batch.positions.filter((position) => position === 0)).toHaveLength(10);
		expect(batch.target_ids).toHaveLength(ten().trainedTokens);
	});
});

test("every micro-batch of every epoch fits the capacity, and some reach it", () => {
	const data = EncodedDataset.of(
		Array.from({ length: 9 }, (_, i) =>
			row(Array(3 + ((i * 5) % 7)).fill(i), Array(3 + ((i * 5) % 7)).fill(i % 2 === 0 ? i : IGNORED)),
		),
	);
	const { tokens, targets } = data.capacity(2);
	let most = 0;
	for (let epoch = 0; epoch < 200; epoch++) {
		for (const batch of data.microBatches(epoch, { ...settings, per_device_train_batch_size: 2 })) {
			expect(batch.ids.length).toBeLessThanOrEqual(tokens);
			expect(batch.target_ids.length).toBeLessThanOrEqual(targets);
			most = Math.max(most, batch.ids.length);
		}
	}
	expect(most).toBe(tokens);
});

test("counts tokens and targets after the shift", () => {
	const data = EncodedDataset.of([row([1, 2, 3]), row([4, 5, 6], [IGNORED, IGNORED, 6])]);
	expect([data.tokens, data.trainedTokens]).toEqual([6, 3]);
});
