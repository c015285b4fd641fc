import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RunEvent } from "../engine/api.ts";
import { EventBatcher } from "./batch-events.ts";

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

test("a hundred events within 100 ms are sent in order in one message", () => {
	const sent: RunEvent[][] = [];
	const batcher = new EventBatcher<RunEvent>((events) => sent.push(events));
	for (let i = 0; i < 100; i++) batcher.add({ type: "warning", message: String(i) });
	expect(sent).toHaveLength(0);
	vi.advanceTimersByTime(100);
	expect(sent).toHaveLength(1);
	expect(sent[0].map((event) => event.type === "warning" && Number(event.message))).toEqual([...Array(100).keys()]);
});

test("flush sends pending events once", () => {
	const sent: RunEvent[][] = [];
	const batcher = new EventBatcher<RunEvent>((events) => sent.push(events));
	batcher.add({ type: "state", state: "finished" });
	batcher.flush();
	batcher.flush();
	vi.advanceTimersByTime(500);
	expect(sent).toEqual([[{ type: "state", state: "finished" }]]);
});
