import { expect, test } from "vitest";
import { flattenRows } from "./batch.ts";
import { type EncodedRow, IGNORED } from "./row-store.ts";

const row = (input_ids: number[], labels: number[] = input_ids): EncodedRow => ({
	input_ids: Int32Array.from(input_ids),
	labels: Int32Array.from(labels),
});
const plain = (batch: ReturnType<typeof flattenRows>) =>
	Object.fromEntries(Object.entries(batch).map(([name, values]) => [name, [...values]]));

test("concatenated rows attend only to themselves, and each token predicts the next label of its row", () => {
	const batch = flattenRows([row([10, 11, 12], [IGNORED, IGNORED, 12]), row([20, 21, 22, 23], [20, 21, IGNORED, 23])]);
	expect(plain(batch)).toEqual({
		ids: [10, 11, 12, 20, 21, 22, 23],
		positions: [0, 1, 2, 0, 1, 2, 3],
		kv_start: [0, 0, 0, 3, 3, 3, 3],
		kv_last: [0, 1, 2, 3, 4, 5, 6],
		q_end: [3, 3, 3, 7, 7, 7, 7],
		virtual: [0, 0, 0, 0, 0, 0, 0],
		target_rows: [1, 3, 5],
		target_ids: [12, 21, 23],
	});
});

test("every row has its own virtual tokens, and the last of them predicts the first token if that is trained", () => {
	const batch = flattenRows([row([10, 11]), row([20, 21, 22], [IGNORED, IGNORED, 22])], 2);
	expect(plain(batch)).toEqual({
		ids: [0, 0, 10, 11, 0, 0, 20, 21, 22],
		positions: [0, 1, 2, 3, 0, 1, 2, 3, 4],
		kv_start: [0, 0, 0, 0, 4, 4, 4, 4, 4],
		kv_last: [0, 1, 2, 3, 4, 5, 6, 7, 8],
		q_end: [4, 4, 4, 4, 9, 9, 9, 9, 9],
		virtual: [1, 2, 0, 0, 1, 2, 0, 0, 0],
		target_rows: [1, 2, 7],
		target_ids: [10, 11, 22],
	});
});

test("the first token of a row is never a target, not even of the previous row", () => {
	const batch = flattenRows([row([5]), row([6, 7]), row([8])]);
	expect([...batch.target_rows]).toEqual([1]);
	expect([...batch.target_ids]).toEqual([7]);
});

test("labels that differ from the ids become the targets", () => {
	expect([...flattenRows([row([1, 2, 3], [1, 9, 3])]).target_ids]).toEqual([9, 3]);
});

test("no rows make an empty batch", () => {
	expect(flattenRows([]).ids).toHaveLength(0);
});
