import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { textOf } from "../../shared/messages/message.ts";
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

	test("a turn with weight 0 in an answer is not trained; a pair with an answer of such turns alone is skipped", async () => {
		const prompt = [turn("user", "Who?")];
		const rejected = [turn("assistant", "No.")];
		const turns = [turn("assistant", "A fox."), turn("user", "Sure?"), turn("assistant", "Yes.")];
		const weighed = (weights: Record<string, unknown>[]) => turns.map((one, i) => ({ ...one, ...weights[i] }));
		const plain = (await encode([{ prompt, chosen: turns, rejected }])).dataset.unit(0);
		for (const skip of [{ weight: 0 }, { train: false }, { loss: false }]) {
			const [chosen, other] = (await encode([{ prompt, chosen: weighed([skip, {}, {}]), rejected }])).dataset.unit(0);
			expect(chosen.input_ids).toEqual(plain[0].input_ids);
			expect(other).toEqual(plain[1]);
			const trained = [...chosen.labels].filter((label) => label !== -100);
			const { tokenizer } = bundled();
			const text = tokenizer?.decode(trained, { skipSpecialTokens: false }) ?? "";
			expect(text).not.toContain("fox");
			expect(text).toContain("Sure?");
			expect(text).toContain("Yes.");
		}
		const none = weighed([{ weight: 0 }, { weight: 0 }, { weight: 0 }]);
		expect(
			(
				await encode([
					{ prompt, chosen: turns, rejected },
					{ prompt, chosen: none, rejected },
				])
			).skippedRows,
		).toBe(1);
		await expect(encode([{ prompt, chosen: turns, rejected: [{ ...rejected[0], weight: 0.5 }] }])).rejects.toThrow(
			/weight/,
		);
	});

	test("pairs that prefer nothing are skipped and counted, however they are written", async () => {
		const user = turn("user", "Who?");
		const rows = [
			{ prompt: "a", chosen: " b", rejected: " c" },
			{ prompt: "a", chosen: " b", rejected: " b" },
			{ chosen: "a b", rejected: "a b" },
			{ prompt: [user], chosen: [turn("assistant", "b")], rejected: [turn("assistant", "b")] },
			{ chosen: [user, turn("assistant", "b")], rejected: [user, turn("assistant", "b")] },
			{ prompt_ids: [5], chosen_ids: [6], rejected_ids: [6] },
		];
		const { dataset, rows: count, skippedRows, warnings } = await encode(rows);
		expect([dataset.length, count, skippedRows]).toEqual([1, 6, 5]);
		expect(warnings.map(textOf)).toContain(
			"5 rows (the first: d.jsonl, line 2) whose chosen and rejected answers are the same, skipped: they express no preference",
		);
	});

	const CHOSEN = [turn("assistant", "On the mat.")];
	const REJECTED = [turn("assistant", "No idea.")];
	const turns = (...prompt: object[]) => ({ prompt, chosen: CHOSEN, rejected: REJECTED });
	const texts = { chosen: "On the mat.", rejected: "No idea." };
	const question = turn("user", "Where is the cat?");
	const kind = turn("system", "Be kind.");
	test.each([
		["question and system", { system: "Be kind.", question: "Where is the cat?", ...texts }, turns(kind, question)],
		["instruction", { instruction: "Where is the cat?", input: "", ...texts }, turns(question)],
		[
			"instruction and input",
			{ instruction: "Where is it?", input: "The cat.", ...texts },
			turns(turn("user", "Where is it?\nThe cat.")),
		],
		["query", { prompt: null, query: "Where is the cat?", ...texts }, turns(question)],
		["a prompt of turns", { prompt: [question], ...texts }, turns(question)],
		["a prompt of turns and a system prompt", { system: "Be kind.", ...turns(question) }, turns(kind, question)],
		[
			"LLaMA-Factory's conversations",
			{
				conversations: [{ from: "human", value: "Where is the cat?" }],
				chosen: { from: "gpt", value: "On the mat." },
				rejected: { from: "gpt", value: "No idea." },
			},
			turns(question),
		],
		[
			"OpenAI",
			{ input: { messages: [question] }, preferred_output: CHOSEN, non_preferred_output: REJECTED },
			turns(question),
		],
		[
			"whole conversations and a system prompt",
			{ system: "Be kind.", chosen: [question, ...CHOSEN], rejected: [question, ...REJECTED] },
			turns(kind, question),
		],
		["a system prompt of a text", { system: "A.", prompt: "B", ...texts }, { prompt: "A.\n\nB", ...texts }],
		["fields that are null", { prompt: "B", messages: null, text: null, ...texts }, { prompt: "B", ...texts }],
	])("the question is kept: %s", async (_name, row, same) => {
		const [got, expected] = await Promise.all([row, same].map((one) => encode([one])));
		expect(got.dataset.unit(0)).toEqual(expected.dataset.unit(0));
		expect(got.warnings).toEqual(expected.warnings);
	});

	test.each([
		[
			"same",
			{ prompt: "a", chosen: "b", rejected: "b" },
			/in all 1 rows the chosen answer and the rejected one are the same/,
		],
		[
			"kinds",
			{ prompt: "a", chosen: "b", rejected: [turn("assistant", "c")] },
			/"chosen" is a string and "rejected" a list/,
		],
		["prompt", { prompt: 3, chosen: "b", rejected: "c" }, /"prompt" is a number.*answers are strings/],
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
