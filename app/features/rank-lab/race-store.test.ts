import { beforeEach, expect, test } from "vitest";
import type { RaceEvent } from "../../../src/engine/api.ts";
import { afterRaceEvents, beginRace, raceCurves, rankPoints, readRanks, useRace } from "./race-store.ts";

const step = (slot: number, at: number, loss: number): RaceEvent => ({
	type: "slot",
	slot,
	event: { type: "step", step: at, loss, grad_norm: 1, learning_rate: 1e-3, num_tokens: 9, elapsed: at },
});
const held = (slot: number, at: number, eval_loss: number): RaceEvent => ({
	type: "slot",
	slot,
	event: { type: "eval", step: at, eval_loss, eval_tokens: 5 },
});

beforeEach(() => beginRace([2, 8], [1, 7], 10));

test("ranks are one to eight distinct whole numbers from 1, sorted", () => {
	expect(readRanks("8, 1，4")).toEqual([1, 4, 8]);
	for (const bad of ["", "0, 1", "2, 2", "1.5", "1, x", "1,2,3,4,5,6,7,8,9"]) expect(readRanks(bad)).toBeNull();
});

test("events extend the curves of their slots in each heat; before the first step no rank has a point", () => {
	const { slots } = useRace.getState();
	expect(slots.map(({ rank, seed }) => [rank, seed])).toEqual([
		[2, 1],
		[8, 1],
		[2, 7],
		[8, 7],
	]);
	const begun = afterRaceEvents(useRace.getState(), [
		{ type: "heat", heat: 1, heats: 2, seed: 7, first: 2, slots: 2, totalSteps: 10 },
		held(2, 0, 6),
		step(2, 1, 5),
		step(3, 1, 4),
	]);
	expect(begun.running).toMatchObject({ heat: 1, seed: 7, step: 1 });
	expect(raceCurves().map((series) => series.frame().raw)).toEqual([[], [], [null, 5], [4]]);
	expect(rankPoints({ table: null, slots: begun.slots ?? [] })).toEqual([]);
	const later = afterRaceEvents({ ...useRace.getState(), ...begun }, [
		held(2, 5, 3),
		{ type: "retired", slot: 3, step: 5, error: { code: "numeric", what: "no finite result" } },
		held(3, 5, 2),
	]);
	expect(later.slots?.[3].retired).toBe(true);
	expect(rankPoints({ table: null, slots: later.slots ?? [] })).toEqual([{ rank: 2, mean: 3, deviation: null }]);
});
