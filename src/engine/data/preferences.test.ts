import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { encodeFile } from "./encode-file.ts";
import { bundled } from "./test-files.ts";

interface Side {
	input_ids: number[];
	labels: number[];
}
interface Case {
	name: string;
	rows: unknown[];
	settings: { max_length: number };
	expected: { chosen: Side; rejected: Side }[];
}
/** Made by TRL itself: fixtures/make_preferences.py. */
const cases: Case[] = JSON.parse(readFileSync("fixtures/preferences.json", "utf8"));
const SETTINGS = { max_length: 512, assistant_only_loss: true, completion_only_loss: false };

function encode(rows: readonly unknown[], settings: Partial<typeof SETTINGS> = {}) {
	const blob = new Blob([rows.map((row) => JSON.stringify(row)).join("\n")]);
	return encodeFile(
		{ name: "d.jsonl", format: "jsonl", blob },
		{ ...bundled(), vocabSize: 2048, settings: { ...SETTINGS, ...settings } },
	);
}

describe("equals TRL's rows", () => {
	test.each(cases.map((c) => [c.name, c] as const))("%s", async (_name, { rows, settings, expected }) => {
		const { dataset } = await encode(rows, settings);
		expect(dataset.inPairs).toBe(true);
		const pairs = Array.from({ length: dataset.length }, (_, unit) => {
			const [chosen, rejected] = dataset
				.unit(unit)
				.map(({ input_ids, labels }) => ({ input_ids: [...input_ids], labels: [...labels] }));
			return { chosen, rejected };
		});
		expect(pairs).toEqual(expected);
	});
});

describe("valid rows", () => {
	const turn = (role: string, content: string) => ({ role, content });

	test("a plain prompt before answers in turns becomes a user turn", async () => {
		const [written, turns] = await Promise.all(
			["Who?", [turn("user", "Who?")]].map((prompt) =>
				encode([{ prompt, chosen: [turn("assistant", "A fox.")], rejected: [turn("assistant", "No.")] }]),
			),
		);
		expect(written.dataset.unit(0)).toEqual(turns.dataset.unit(0));
		expect(written.samplePrompt).toBe("Who?");
	});

	test.each([
		["same", { prompt: "a", chosen: "b", rejected: "b" }, /chosen answer and the rejected one are the same.*line 1/s],
		["same turns", { chosen: [turn("user", "a")], rejected: [turn("user", "a")] }, /are the same/],
		[
			"kinds",
			{ prompt: "a", chosen: "b", rejected: [turn("assistant", "c")] },
			/"chosen" is a string and "rejected" a list/,
		],
		["prompt", { prompt: [turn("user", "a")], chosen: "b", rejected: "c" }, /"prompt" is a list.*answers are strings/],
		[
			"no prompt",
			{ chosen: [turn("assistant", "b")], rejected: [turn("assistant", "c")] },
			/have no common turn, and there is no prompt/,
		],
		["ids", { prompt_ids: [5], chosen_ids: ["x"], rejected_ids: [6] }, /"chosen_ids" is not a list of whole numbers/],
	])("%s", async (_name, row, message) => {
		await expect(encode([row])).rejects.toThrow(message);
	});
});

describe("a data set of pairs", () => {
	const rows = Array.from({ length: 7 }, (_, i) => ({
		prompt: "Say:",
		chosen: ` ${"ha ".repeat(i + 1)}`,
		rejected: " no",
	}));

	test("a unit is a pair, held-out pairs are not split, and the capacity is for one answer", async () => {
		const { dataset } = await encode(rows);
		expect([dataset.length, dataset.rowCount]).toEqual([7, 7]);
		const { train, heldOut } = dataset.split(0.3, 1);
		expect([train.length, heldOut?.length, heldOut?.inPairs]).toEqual([5, 2, true]);
		expect([...train.places, ...(heldOut?.places ?? [])].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
		const longest = Math.max(...rows.map((_, i) => dataset.pair(i).chosen.ids.length));
		expect(dataset.capacity(4).tokens).toBe(longest);
		expect(dataset.chosen().microBatch(0, 0, { per_device_train_batch_size: 1, shuffle: false, seed: 0 })).toEqual(
			dataset.pair(0).chosen,
		);
	});

	test("a repeated pair is reported once", async () => {
		const { repeats } = await encode([rows[0], rows[1], rows[0]]);
		expect(repeats).toEqual([[0, 2]]);
	});
});
