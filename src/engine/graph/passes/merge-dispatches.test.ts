import { expect, test } from "vitest";
import { updatedBy } from "./draft.ts";
import { planMemory } from "./memory-plan.ts";
import { mergeDispatches } from "./merge-dispatches.ts";
import { recompute } from "./recompute.ts";
import { shareBuffers } from "./share-buffers.ts";
import { simplify } from "./simplify.ts";
import { expectSameOutcome, opsOf, trainingStack } from "./test-graphs.ts";

const LAYERS = 3;
const graph = simplify(trainingStack({ layers: LAYERS }));

test.each([
	["as built", graph],
	["recomputed", simplify(recompute(trainingStack({ layers: LAYERS }), ["layers.0.", "layers.1.", "layers.2."]))],
])("merged nodes compute the same, in no more memory: %s", (_name, before) => {
	const after = mergeDispatches(before);
	expect(after.nodes.length).toBeLessThan(before.nodes.length);
	expect(opsOf(after)).toContain("together");
	expectSameOutcome(before, after);
	expect(planMemory(after).lowerBoundBytes).toBeLessThan(planMemory(before).lowerBoundBytes + 2 ** 16);
});

test("what a node reads and what it writes are in different buffers", () => {
	const after = shareBuffers(mergeDispatches(graph), 0.5);
	const shared = after.tensors.filter(({ role, view }) => role === "activation" && view !== undefined);
	expect(shared.length).toBeGreaterThan(0);
	const buffers = (ids: readonly number[]) =>
		ids.map((id) => after.tensors[id].view?.buffer).filter((name) => name !== undefined);
	for (const node of after.nodes) {
		const written = buffers(node.outputs);
		for (const name of buffers(node.inputs)) expect(written, node.name).not.toContain(name);
		expect(updatedBy(node).length).toBeLessThanOrEqual(node.outputs.length);
	}
	for (const a of shared) {
		for (const b of shared) {
			if (a === b || a.view?.buffer !== b.view?.buffer) continue;
			expect(a.view?.offset).not.toBe(b.view?.offset);
			expect((a.view?.offset ?? 0) % 64).toBe(0);
		}
	}
});
