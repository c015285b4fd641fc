// The table of runs: order, which runs can be resumed, differences in settings.
import { describe, expect, test } from "vitest";
import type { RunRecord } from "../../../src/engine/api.ts";
import { PAGE_DEFAULTS } from "../../../src/shared/settings.ts";
import { canContinue, canResume, isUnkept, settingsDiff, tableRows } from "./runs-store.ts";

function record(id: string, over: Partial<RunRecord> = {}): RunRecord {
	return {
		id,
		created: Number(id),
		state: "finished",
		model: { name: "demo", parameters: 1 },
		data: { name: "rows", format: "jsonl", rows: 4, heldOutRows: 1 },
		heldOut: 0.1,
		settings: PAGE_DEFAULTS,
		samplePrompt: null,
		sampleEvery: 1,
		totalSteps: 10,
		steps: [],
		evals: [],
		samples: [],
		summary: null,
		error: null,
		checkpoint: 10,
		resumable: true,
		name: `run ${id}`,
		tags: [],
		note: "",
		deleted: false,
		...over,
	};
}
const ids = (rows: readonly RunRecord[]) => rows.map(({ id }) => id).join(" ");

describe("the table", () => {
	const records = [
		record("1", { evals: [{ step: 0, eval_loss: 2 }] }),
		record("2"),
		record("3", { evals: [{ step: 0, eval_loss: 1 }], settings: { ...PAGE_DEFAULTS, r: 64 } }),
		record("4", { deleted: true }),
	];
	test("omits deleted runs; newest first", () => {
		expect(ids(tableRows({ records, sort: { key: "created", descending: true } }))).toBe("3 2 1");
	});
	test("sorts by held-out loss, runs without one last; ties newest first", () => {
		expect(ids(tableRows({ records, sort: { key: "heldOut", descending: false } }))).toBe("3 1 2");
		expect(ids(tableRows({ records, sort: { key: "r", descending: false } }))).toBe("2 1 3");
	});
});

test("a run can be resumed from a checkpoint before its end, with its data", () => {
	expect(canResume(record("1", { state: "interrupted", checkpoint: 4 }))).toBe(true);
	expect(canResume(record("1", { state: "stopped", checkpoint: 4 }))).toBe(true);
	expect(canResume(record("1", { state: "running", checkpoint: 4 }))).toBe(false);
	// Before its first checkpoint a run that was cut off starts again, unless it continued an adapter.
	const lost = { code: "device-lost", what: "" };
	expect(canResume(record("1", { state: "interrupted", checkpoint: null }))).toBe(true);
	expect(canResume(record("1", { state: "interrupted", checkpoint: null, continued: true }))).toBe(false);
	expect(canResume(record("1", { state: "failed", checkpoint: null, error: lost }))).toBe(true);
	expect(canResume(record("1", { state: "failed", checkpoint: null, error: { ...lost, code: "numeric" } }))).toBe(
		false,
	);
	// A run that lost the GPU in its last evaluation only lacks that.
	expect(canContinue(record("1", { state: "failed", checkpoint: 10, error: lost }))).toBe(true);
	expect(canResume(record("1", { state: "interrupted", checkpoint: 4, resumable: false }))).toBe(false);
	expect(canResume(record("1", { checkpoint: 10 }))).toBe(false);
});

test("lists only the settings that differ, by name", () => {
	const other = record("2", { settings: { ...PAGE_DEFAULTS, r: 64, learning_rate: 1e-3 } });
	expect(settingsDiff([record("1"), other])).toEqual([
		{ name: "r", values: [String(PAGE_DEFAULTS.r), "64"] },
		{ name: "learning_rate", values: [String(PAGE_DEFAULTS.learning_rate), "0.001"] },
	]);
	expect(settingsDiff([record("1"), record("2")])).toEqual([]);
});

test("a finished run without its last adapter is not kept", () => {
	const steps = [{ step: 10 }] as RunRecord["steps"];
	expect(isUnkept(record("1", { steps }))).toBe(false);
	expect(isUnkept(record("1", { steps, checkpoint: 4 }))).toBe(true);
	expect(isUnkept(record("1", { steps, checkpoint: null }))).toBe(true);
	expect(isUnkept(record("1", { steps, checkpoint: 4, state: "interrupted" }))).toBe(false);
});
