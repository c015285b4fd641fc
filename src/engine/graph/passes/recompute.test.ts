import { expect, test } from "vitest";
import { byteLength } from "../ir.ts";
import { lifetimes } from "./memory-plan.ts";
import { recompute } from "./recompute.ts";
import { simplify } from "./simplify.ts";
import { expectSameOutcome, opsOf, trainingStack } from "./test-graphs.ts";

const prefixes = (layers: number) => Array.from({ length: layers }, (_, layer) => `layers.${layer}.`);
const LAYERS = 5;

test("gradients stay the same and the peak memory falls, before and after simplification", () => {
	for (const dtype of ["f32", "bf16"] as const) {
		const built = trainingStack({ layers: LAYERS, dtype });
		const plain = simplify(built);
		const before = simplify(recompute(built, prefixes(LAYERS)));
		const after = recompute(plain, prefixes(LAYERS));
		expectSameOutcome(built, before);
		expectSameOutcome(built, after);
		expect(alive(before)).toBeLessThan(alive(plain) * 0.7);
		expect(alive(after)).toBeLessThan(alive(plain) * 0.8); // the first layer has no live input and keeps all activations
	}
});

/** The most bytes of activations alive at once. */
function alive(graph: ReturnType<typeof trainingStack>): number {
	const lives = lifetimes(graph);
	return Math.max(
		...graph.nodes.map((_, i) =>
			lives.filter(({ first, last }) => first <= i && i <= last).reduce((sum, { bytes }) => sum + bytes, 0),
		),
	);
}

test("each layer keeps only its input and output and is recomputed once, just before its backward pass", () => {
	const graph = trainingStack({ layers: LAYERS });
	const after = simplify(recompute(graph, prefixes(LAYERS)));
	const clones = after.nodes.filter(({ name }) => name.endsWith("(again)"));
	expect(clones.length).toBeGreaterThan(0);
	expect(
		clones.some(({ name }) => name.includes(".down") && !name.includes("lora_A") && !name.includes("dropout")),
	).toBe(false); // the output is kept
	const forward = after.nodes.findIndex(({ name }) => name.startsWith("loss."));
	const lastUse = new Map(lifetimes(after).flatMap(({ ids, last }) => ids.map((id) => [id, last] as const)));
	const kept = after.tensors.filter(({ id, role }) => {
		const made = after.nodes.findIndex(({ outputs }) => outputs.includes(id));
		return role === "activation" && made >= 0 && made < forward && (lastUse.get(id) ?? 0) > forward;
	});
	// Only the embedding, one output per layer and the normed hidden states, which the loss reads, are kept for the backward pass.
	expect(
		kept
			.map(({ name }) => name)
			.filter((name) => /\.(act|gate|up|norm|lora_A|dropout)$/.test(name) && name.startsWith("layers.")),
	).toEqual([]);
	expect(kept.length).toBeLessThanOrEqual(LAYERS + 2);
	expect(kept.every((spec) => byteLength(spec) > 0)).toBe(true);
});

test("layers below the lowest adapter and unknown names are unchanged", () => {
	const graph = trainingStack({ layers: 4, adapted: (layer) => layer >= 2 });
	const after = recompute(graph, [...prefixes(4), "nowhere."]);
	expectSameOutcome(graph, after);
	expect(after.nodes.some(({ name }) => name.startsWith("layers.1.") && name.endsWith("(again)"))).toBe(false);
	expect(after.nodes.some(({ name }) => name.startsWith("layers.2.") && name.endsWith("(again)"))).toBe(true);
	expect(recompute(graph, [])).toEqual(graph);
});

test("without a backward pass nothing is recomputed", () => {
	const graph = simplify(trainingStack({ layers: 3, adapted: () => false }));
	expect(opsOf(recompute(graph, prefixes(3)))).toEqual(opsOf(graph));
});
