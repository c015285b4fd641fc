// A link opens the Learn page at the step where it was copied.
import { expect, test } from "vitest";
import { learnText, readLearn, useLearn } from "./store.ts";

test("a round trip gives the same state; a step alone is enough", () => {
	const state = { step: 6, picture: "noise", rank: 17 } as const;
	expect(readLearn(learnText(state))).toEqual(state);
	expect(readLearn("3")).toEqual({ ...useLearn.getState(), step: 3 });
});

test("unreadable parts keep their value; the rank is limited to the picture's size", () => {
	const now = { step: 2, picture: "stripes", rank: 5 } as const;
	expect(readLearn("9-sun-x", now)).toEqual(now);
	expect(readLearn("1-moon-99", now)).toEqual({ step: 1, picture: "moon", rank: 48 });
	expect(readLearn("", now)).toEqual(now);
});
