import { afterAll, describe, test } from "vitest";
import { values } from "../../executor/test-gpu.ts";
import type { GraphBuilder } from "../builder.ts";
import { elements, type TensorSpec } from "../ir.ts";
import { copy } from "./copy.ts";
import { normGradientSum, normSum } from "./norm-sum.ts";
import { expectAgreement, testDevices } from "./test-op.ts";

const devices = await testDevices();
afterAll(() => devices.destroy());

const TOKENS = { axis: "tokens", offset: 0 } as const;
const [ROWS, RANK] = [11, 8];
const step = { live_tokens: 9, adapter_strength: 0.7 };

/** Declares inputs of these shapes; those with ROWS rows are tokens. */
function declare(builder: GraphBuilder, shapes: Readonly<Record<string, readonly number[]>>): TensorSpec[] {
	return Object.entries(shapes).map(([name, shape]) =>
		builder.declare("input", name, shape, "f32", shape[0] === ROWS ? { live: TOKENS } : {}),
	);
}

function seeded(shapes: Readonly<Record<string, readonly number[]>>) {
	return Object.fromEntries(Object.entries(shapes).map(([name, shape], i) => [name, values(elements(shape), i + 1)]));
}

describe.each([12, 576])("width %i", (width) => {
	const matrix = [ROWS, width];

	test.each([
		["RMSNorm", { centered: false }, true],
		["LayerNorm", { centered: true }, true],
		["RMSNorm of weights minus 1, without a low-rank term", { centered: false, one_plus: true }, false],
	])("normSum, %s", async (_name, attrs, hasTerm) => {
		const shapes = {
			x: matrix,
			product: matrix,
			weight: [width],
			...(attrs.centered ? { bias: [width] } : {}),
			...(hasTerm ? { u: [ROWS, RANK], B: [width, RANK] } : {}),
		};
		const build = (builder: GraphBuilder) => {
			const [x, product, ...rest] = declare(builder, shapes);
			const y = copy(builder, "y", [product]);
			const out = builder.activation("out", matrix, "f32", TOKENS);
			const low = hasTerm ? { scale: 0.5, adapter: true, byColumns: true } : null;
			normSum.into(builder, "sum", [x, y, ...rest], [y, out], { ...attrs, eps: 1e-5, low });
		};
		await expectAgreement(devices.all, build, { values: seeded(shapes), step });
	});

	test.each([
		["RMSNorm", { centered: false }, [true]],
		["LayerNorm", { centered: true }, [true]],
		["RMSNorm without low-rank terms", { centered: false, one_plus: true }, [false]],
	])("normGradientSum, %s", async (_name, attrs, hasTerms) => {
		const shapes = {
			x: matrix,
			weight: [width],
			stream: matrix,
			...Object.fromEntries(hasTerms.map((_, i) => [`d${i}`, matrix])),
			...Object.fromEntries(
				hasTerms.flatMap((has, i) =>
					has
						? [
								[`u${i}`, [ROWS, RANK]],
								[`A${i}`, [RANK, width]],
							]
						: [],
				),
			),
		};
		const terms = hasTerms.map((has) => (has ? { scale: 2, adapter: true, byColumns: false } : null));
		const build = (builder: GraphBuilder) => {
			normGradientSum(builder, "sum", declare(builder, shapes), { ...attrs, eps: 1e-5, terms });
		};
		await expectAgreement(devices.all, build, { values: seeded(shapes), step });
	});
});
