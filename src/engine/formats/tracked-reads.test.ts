import { describe, expect, it } from "vitest";
import { TrackedJson, TrackedMap, unusedKeys } from "./tracked-reads.ts";

const SCALING = { type: "yarn", factor: 4, inner: { a: 1, b: 2 } };

describe("TrackedJson", () => {
	it("names the keys that were not read, also in nested objects", () => {
		const tracked = new TrackedJson({ hidden_size: 64, rope_scaling: SCALING, extra: { x: 1 }, list: [1, 2] });
		const { view } = tracked;
		const scaling = view.rope_scaling as typeof SCALING;
		expect([view.hidden_size, scaling.type, scaling.inner.b, view.absent, view.list]).toEqual([
			64,
			"yarn",
			2,
			undefined,
			[1, 2],
		]);
		expect(tracked.unread()).toEqual([
			{ key: "rope_scaling.factor", value: 4 },
			{ key: "rope_scaling.inner.a", value: 1 },
			{ key: "extra", value: { x: 1 } },
		]);
	});

	it("counts a test for presence as reading, and does not read inherited keys", () => {
		const tracked = new TrackedJson({ a: 1, b: 2, c: 3 });
		expect(["a" in tracked.view, Object.hasOwn(tracked.view, "b"), "toString" in tracked.view]).toEqual([
			true,
			true,
			false,
		]);
		expect(tracked.view.constructor).toBeUndefined();
		expect(tracked.unread()).toEqual([{ key: "c", value: 3 }]);
	});

	it("refuses to be enumerated, and prints as the whole object", () => {
		const { view } = new TrackedJson({ scaling: SCALING });
		expect(() => ({ ...view })).toThrow("read its keys by name");
		expect(JSON.stringify(view.scaling)).toBe(JSON.stringify(SCALING));
	});
});

it("TrackedMap names the keys that were neither read nor asked for", () => {
	const map = new TrackedMap([
		["a", 1],
		["b", 2],
		["c", 3],
	]);
	expect([map.get("a"), map.has("b"), [...map.keys()].length]).toEqual([1, true, 3]);
	expect(map.unread()).toEqual([{ key: "c", value: 3 }]);
});

it("unusedKeys leaves out keys on an ignore list, those with neutral values only if they have one", () => {
	const unread = [
		{ key: "use_cache", value: true },
		{ key: "_name_or_path", value: "x" },
		{ key: "softcap", value: null },
		{ key: "scale", value: 2 },
		{ key: "other", value: 1 },
	];
	const ignored = [
		{ keys: ["use_cache"] },
		{ keys: /^_.*/ },
		{ keys: ["softcap"], neutral: [null, 0] },
		{ keys: ["scale"], neutral: [1] },
	];
	expect(unusedKeys(unread, ignored).map(({ key }) => key)).toEqual(["scale", "other"]);
});
