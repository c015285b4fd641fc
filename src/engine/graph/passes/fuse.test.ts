import { describe, expect, test } from "vitest";
import { GraphBuilder } from "../builder.ts";
import type { Graph, TensorSpec } from "../ir.ts";
import { accumulate, add, copy, type MatmulAttrs, matmul } from "../ops/index.ts";
import { fuse } from "./fuse.ts";
import { planMemory } from "./memory-plan.ts";
import { expectSameOutcome, opsOf, trainingStack } from "./test-graphs.ts";

const attrs = (transposeB = true): MatmulAttrs => ({
	segments: [{ transposeA: false, transposeB, scale: 0.5, adapter: false }],
	accumulate: false,
	bias: false,
});

interface Parts {
	readonly builder: GraphBuilder;
	readonly x: TensorSpec;
	readonly W: TensorSpec;
	product(name: string, a?: TensorSpec, w?: TensorSpec): TensorSpec;
	matrix(name: string, dtype?: "f32" | "bf16"): TensorSpec;
}

/** A graph of 4x4 matrices; what `make` returns becomes the result. */
function graphOf(make: (parts: Parts) => TensorSpec | undefined): Graph {
	const builder = new GraphBuilder();
	const matrix = (name: string, dtype: "f32" | "bf16" = "f32") => builder.declare("weight", name, [4, 4], dtype);
	const x = copy(builder, "x", [builder.declare("input", "given", [4, 4], "f32")]);
	const W = matrix("W");
	const made = make({
		builder,
		x,
		W,
		matrix,
		product: (name, a = x, w = W) => matmul(builder, name, [a, w], attrs()),
	});
	if (made !== undefined) builder.result(made);
	return builder.build();
}

function attrsAt(graph: Graph, index: number): MatmulAttrs {
	return graph.nodes[index].attrs as MatmulAttrs;
}

describe("accumulate(matmul, place)", () => {
	const intoState = (between: (parts: Parts, place: TensorSpec) => void) =>
		graphOf((parts) => {
			const place = parts.builder.declare("state", "place", [4, 4], "f32");
			const gradient = parts.product("gradient");
			between(parts, place);
			accumulate(parts.builder, "place +=", gradient, place);
			return undefined;
		});

	test("becomes a matmul that accumulates", () => {
		const before = intoState(() => {});
		const after = fuse(before);
		expect(opsOf(after)).toEqual(["copy", "matmul"]);
		expect(attrsAt(after, 1).accumulate).toBe(true);
		expect(after.tensors[after.nodes[1].outputs[0]].name).toBe("place");
		expectSameOutcome(before, after);
	});

	test("is kept if the product is a result, is read twice, reads the destination, or its input changes in between", () => {
		const kept = graphOf(({ builder, product }) => {
			const place = builder.declare("state", "place", [4, 4], "f32");
			const gradient = product("gradient");
			accumulate(builder, "place +=", gradient, place);
			return gradient;
		});
		const changed = intoState(({ builder, x }) =>
			accumulate(builder, "x +=", builder.declare("weight", "more", [4, 4], "f32"), x),
		);
		const own = graphOf(({ builder, x }) => {
			const place = builder.declare("state", "place", [4, 4], "f32");
			accumulate(builder, "place +=", matmul(builder, "m", [x, place], attrs()), place);
			return undefined;
		});
		for (const before of [kept, changed, own]) {
			expect(opsOf(fuse(before))).toContain("accumulate");
			expectSameOutcome(before, fuse(before));
		}
	});
});

describe("add(matmul, matmul)", () => {
	test("becomes a matmul of two segments, bf16 first, with the bias of one", () => {
		for (const bf16 of [0, 1]) {
			const before = graphOf(({ builder, x, matrix }) => {
				const bias = builder.declare("weight", "bias", [4], "f32");
				const a = matmul(builder, "a", [x, matrix("A", bf16 === 0 ? "bf16" : "f32")], attrs());
				const b = matmul(builder, "b", [x, matrix("B", bf16 === 1 ? "bf16" : "f32"), bias], {
					...attrs(),
					bias: true,
				});
				return add(builder, "sum", [a, b]);
			});
			const after = fuse(before);
			expect(opsOf(after)).toEqual(["copy", "matmul"]);
			expect(attrsAt(after, 1)).toMatchObject({ bias: true, accumulate: false, segments: [{}, {}] });
			expect(after.tensors[after.nodes[1].inputs[1]].dtype).toBe("bf16");
			expectSameOutcome(before, after);
		}
	});

	test("two bf16 products accumulate instead", () => {
		const before = graphOf(({ builder, product, x, matrix }) => {
			const sum = add(builder, "sum", [product("a", x, matrix("A", "bf16")), product("b", x, matrix("B", "bf16"))]);
			return copy(builder, "out", [sum]);
		});
		const after = fuse(before);
		expect(opsOf(after)).toEqual(["copy", "matmul", "matmul", "copy"]);
		expect(after.nodes[2].outputs).toEqual(after.nodes[1].outputs);
		expectSameOutcome(before, after);
	});

	test("four products become two with two segments", () => {
		const before = graphOf(({ builder, product, x, matrix }) => {
			let sum = product("a");
			for (const name of ["b", "c", "d"])
				sum = add(builder, `+ ${name}`, [sum, product(name, x, matrix(name.toUpperCase()))]);
			return copy(builder, "out", [sum]);
		});
		const after = fuse(before);
		expect(opsOf(after)).toEqual(["copy", "matmul", "matmul", "copy"]);
		expect([1, 2].map((i) => attrsAt(after, i).segments.length)).toEqual([2, 2]);
		expect([1, 2].map((i) => attrsAt(after, i).accumulate)).toEqual([false, true]);
		expectSameOutcome(before, after);
	});
});

describe("add(x, y) where x dies", () => {
	test("becomes a product that adds to x, or else x += y", () => {
		const residual = graphOf(({ builder, x, product }) =>
			copy(builder, "out", [add(builder, "sum", [x, product("m", copy(builder, "y", [x]))])]),
		);
		expect(opsOf(fuse(residual))).toEqual(["copy", "copy", "matmul", "copy"]);
		expectSameOutcome(residual, fuse(residual));

		const plain = graphOf(({ builder, x }) => {
			const y = copy(builder, "y", [x]);
			return add(builder, "twice", [add(builder, "sum", [x, y]), y]);
		});
		expect(opsOf(fuse(plain))).toEqual(["copy", "copy", "accumulate", "add"]); // the last is a result: it keeps its name
		expectSameOutcome(plain, fuse(plain));
	});

	test("is kept if x is read later, is an input of the product, or is a weight", () => {
		const later = graphOf(({ builder, x, product }) =>
			add(builder, "again", [add(builder, "sum", [x, product("m")]), x]),
		);
		const own = graphOf(({ builder, x, product }) => copy(builder, "out", [add(builder, "sum", [x, product("m", x)])]));
		const weight = graphOf(({ builder, W, matrix }) => copy(builder, "out", [add(builder, "sum", [W, matrix("V")])]));
		const twice = graphOf(({ builder, x }) => copy(builder, "out", [add(builder, "sum", [x, x])]));
		for (const before of [later, own, weight, twice]) expectSameOutcome(before, fuse(before));
		expect(opsOf(fuse(weight))).toContain("add");
		expect(opsOf(fuse(twice))).toContain("add");
		expect(opsOf(fuse(own))).toEqual(["copy", "matmul", "accumulate", "copy"]); // m is computed before x changes
	});
});

test("a training step has the same outcome with fewer nodes and less memory", () => {
	for (const dtype of ["f32", "bf16"] as const) {
		const before = trainingStack({ layers: 3, dtype });
		const after = fuse(before);
		expectSameOutcome(before, after);
		expect(after.nodes.length).toBeLessThan(before.nodes.length - 3 * 6); // at least the accumulations of A and B
		expect(opsOf(after)).not.toContain("add"); // but those of the residual stream, if x were needed: here its norm keeps x
		expect(planMemory(after).activationBytes).toBeLessThanOrEqual(planMemory(before).activationBytes);
	}
});

test("fusing again changes nothing", () => {
	const once = fuse(trainingStack({ layers: 2 }));
	expect(fuse(once)).toEqual(once);
});

test("a deep graph is fused quickly", () => {
	const graph = trainingStack({ layers: 60 });
	const started = performance.now();
	fuse(graph);
	expect(performance.now() - started).toBeLessThan(1500);
});
