import { expect, test } from "vitest";
import { GraphBuilder } from "../builder.ts";
import { accumulate, add, copy, fill } from "../ops/index.ts";
import { dce } from "./dce.ts";
import { expectSameOutcome, trainingStack } from "./test-graphs.ts";

test("removes nodes that lead to neither a result nor a state", () => {
	const builder = new GraphBuilder();
	const given = builder.declare("input", "given", [2, 3], "f32");
	const kept = copy(builder, "kept", [given]);
	const dead = copy(builder, "dead", [kept]);
	add(builder, "deader", [dead, kept]);
	const result = builder.result(add(builder, "result", [kept, given]));
	const place = builder.declare("state", "place", [2, 3], "f32");
	const forState = copy(builder, "for state", [given]);
	accumulate(builder, "into state", forState, place);
	accumulate(builder, "into dead", kept, dead);
	accumulate(builder, "into kept", given, kept); // after its last reader
	accumulate(builder, "into result", given, result);
	const graph = builder.build();
	const after = dce(graph);
	expect(after.nodes.map(({ name }) => name)).toEqual(["kept", "result", "for state", "into state", "into result"]);
	expectSameOutcome(graph, after);
});

test("keeps the previous values of an updated tensor", () => {
	const builder = new GraphBuilder();
	const zero = fill(builder, "zero", [], { shape: [4], value: 1 });
	const one = builder.declare("input", "one", [4], "f32");
	accumulate(builder, "update", one, zero);
	builder.result(zero);
	expect(dce(builder.build()).nodes.map(({ name }) => name)).toEqual(["zero", "update"]);
});

test("the only dead nodes of a training step are below the gradient of the lowest adapter", () => {
	const graph = trainingStack({ layers: 2 });
	const after = dce(graph);
	expectSameOutcome(graph, after);
	expect(dce(after)).toEqual(after);
});
