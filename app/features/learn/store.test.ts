// A link opens the Learn page at the step where it was copied.
import { expect, test } from "vitest";
import { learnText, readLearn, useLearn } from "./store.ts";

test("written and read again it is the same; a step alone will do", () => {
	const state = { step: 6, picture: "noise", rank: 17 } as const;
	expect(readLearn(learnText(state))).toEqual(state);
	expect(readLearn("3")).toEqual({ ...useLearn.getState(), step: 3 });
});

test("what cannot be read keeps its place; a rank stays within the picture", () => {
	const now = { step: 2, picture: "stripes", rank: 5 } as const;
	expect(readLearn("9-sun-x", now)).toEqual(now);
	expect(readLearn("1-moon-99", now)).toEqual({ step: 1, picture: "moon", rank: 48 });
	expect(readLearn("", now)).toEqual(now);
});
