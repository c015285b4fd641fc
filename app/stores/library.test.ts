import { expect, test } from "vitest";
import type { RunRecord } from "../../src/engine/api.ts";
import { libraryRows, otherBase } from "./library.ts";

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

test("the library holds what has an adapter and is not deleted; a word is looked for in names, tags, notes and data", () => {
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

test("an adapter of another base is named", () => {
	const other = run({ model: { name: "smollm2", parameters: 1 } });
	expect(otherBase([run({}), other], "demo")).toBe(other);
	expect(otherBase([run({})], "demo")).toBeNull();
});
