import { expect, test } from "vitest";
import type { RunRecord } from "../../../src/engine/api.ts";
import { ownRuns } from "../run/runs-store.ts";
import { combinationOf, libraryRows, otherBase, sharesBatch } from "./store.ts";

const run = (over: Partial<RunRecord>) =>
	({
		id: "1",
		deleted: false,
		checkpoint: 10,
		name: "Pirate r8",
		tags: ["voice"],
		note: "",
		data: { name: "pirate" },
		model: { name: "demo" },
		...over,
	}) as RunRecord;

test("lists runs with an adapter that are not deleted; the search covers names, tags, notes and data", () => {
	const runs = [
		run({}),
		run({ checkpoint: null }),
		run({ deleted: true }),
		run({ name: "Moon", tags: [], note: "Ahoy" }),
	];
	expect(libraryRows(runs, "").length).toBe(2);
	expect(libraryRows(runs, " VOICE ").map(({ name }) => name)).toEqual(["Pirate r8"]);
	expect(libraryRows(runs, "ahoy").map(({ name }) => name)).toEqual(["Moon"]);
	expect(libraryRows(runs, "pirate").length).toBe(2);
	expect(libraryRows(runs, "nothing")).toEqual([]);
});

test("reports an adapter of another base", () => {
	const other = run({ model: { name: "smollm2", parameters: 1 } });
	expect(otherBase([run({}), other], "demo")).toBe(other);
	expect(otherBase([run({})], "demo")).toBeNull();
});

test("imported adapters are in the library and not in the table of runs", () => {
	const brought = run({ id: "2", kept: { from: "file", r: 8, bytes: 1000 } });
	expect(libraryRows([run({}), brought], "").length).toBe(2);
	expect(ownRuns([run({}), brought, run({ deleted: true })]).map(({ id }) => id)).toEqual(["1"]);
});

test("plain LoRA shares a batch; DoRA and other methods are asked separately", () => {
	const settings = (over: Partial<RunRecord["settings"]>) => run({ settings: over as RunRecord["settings"] });
	expect(sharesBatch(settings({ use_dora: false }))).toBe(true);
	expect(sharesBatch(settings({ method: "lora", use_dora: false }))).toBe(true);
	expect(sharesBatch(settings({ use_dora: true }))).toBe(false);
	expect(sharesBatch(settings({ method: "prompt_tuning", use_dora: false }))).toBe(false);
});

test("linear combines equal ranks only; for others cat takes its place", () => {
	const ofRank = (r: number) => run({ settings: { r } as RunRecord["settings"] });
	expect(combinationOf([ofRank(8), ofRank(8)], "linear")).toBe("linear");
	expect(combinationOf([ofRank(8), ofRank(4)], "linear")).toBe("cat");
	expect(combinationOf([ofRank(8), ofRank(4)], "svd")).toBe("svd");
});
