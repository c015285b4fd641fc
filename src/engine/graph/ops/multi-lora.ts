// multiLoraDown, multiLoraUp, multiLoraGradient: the low-rank products of several adapters at once. The tokens of all slots
// are stacked on the token axis, `step.slot_tokens` each; every slot has its own matrices and rank. Frozen products treat
// the stack as one longer micro-batch.
import { matmulCalls } from "../../kernels/matmul.ts";
import { liveRows, type StepScalars } from "../../kernels/step.ts";
import type { GraphBuilder } from "../builder.ts";
import type { TensorSpec } from "../ir.ts";
import { defineMultiOp, defineOp, ranges, type Values } from "../op.ts";

/** The low-rank product of one adapter slot, and its factor. */
export interface SlotProduct {
	readonly slot: number;
	readonly scale: number;
}

export interface MultiLoraAttrs {
	/** Number of adapter slots on the token axis. */
	readonly slots: number;
	/** Slots that have an adapter, in the order of the inputs; the rows of the others do not change. */
	readonly products: readonly SlotProduct[];
	/** The matrices are [N, K] instead of [K, N]. */
	readonly transposeB: boolean;
	/** Whether step.adapter_strength also scales the products. */
	readonly adapter: boolean;
}

export interface MultiLoraUpAttrs extends MultiLoraAttrs {
	readonly accumulate: boolean; // out +=
}

export interface MultiLoraGradientAttrs extends SlotProduct {
	readonly slots: number;
	/** The input that has the tokens of all slots; the other has those of this slot. */
	readonly shared: "a" | "b";
	readonly adapter: boolean;
	readonly accumulate: boolean; // out +=
}

const SLOT = { axis: "slot", offset: 0 } as const;

const factor = ({ adapter }: { readonly adapter: boolean }, scale: number, step: StepScalars): number =>
	scale * (adapter ? step.adapter_strength : 1);

/** Capacity of one slot in rows, of a tensor with the rows of all slots. */
function slotRows(rows: number, slots: number): number {
	if (rows % slots !== 0) throw new Error(`${rows} rows are not those of ${slots} slots`);
	return rows / slots;
}

/** The [K, N] of a matrix. */
const sides = ({ shape: [first, second] }: TensorSpec, transposeB: boolean): readonly [number, number] =>
	transposeB ? [second, first] : [first, second];

export const multiLoraDown = defineMultiOp<MultiLoraAttrs>({
	op: "multiLoraDown",
	infer({ slots, products, transposeB }, [x, ...matrices]) {
		if (matrices.length !== products.length)
			throw new Error(`multiLoraDown: ${matrices.length} matrices for ${products.length} slots`);
		const rows = slotRows(x.shape[0], slots);
		return matrices.map((matrix) => {
			const [k, n] = sides(matrix, transposeB);
			if (k !== x.shape[1])
				throw new Error(
					`multiLoraDown: ${x.name} [${x.shape}] and ${matrix.name} [${matrix.shape}] share no inner size`,
				);
			return { shape: [rows, n], dtype: "f32", live: SLOT };
		});
	},
	backward({ builder, node, attrs, inputs: [x, ...matrices], gradOutputs, needs, setGrad }) {
		const { slots, products, transposeB, adapter } = attrs;
		const du = gradOutputs.filter((gradient) => gradient !== undefined);
		if (du.length < gradOutputs.length) throw new Error(`${node.name}: a slot without a gradient`);
		if (needs[0]) {
			const back = { ...attrs, transposeB: !transposeB, accumulate: false };
			setGrad(0, multiLoraUp(builder, `d ${node.name}`, [...du, ...matrices], back));
		}
		products.forEach(({ slot, scale }, i) => {
			if (!needs[1 + i]) return;
			const name = `d ${matrices[i].name}`;
			const of = { slots, slot, scale, adapter, accumulate: false };
			setGrad(
				1 + i,
				transposeB
					? multiLoraGradient(builder, name, [du[i], x], { ...of, shared: "b" })
					: multiLoraGradient(builder, name, [x, du[i]], { ...of, shared: "a" }),
			);
		});
	},
	reference({ attrs, inputs: [x, ...matrices], inputSpecs: [spec, ...specs], outputs, outputSpecs, step }) {
		const width = spec.shape[1];
		attrs.products.forEach(({ slot, scale }, i) => {
			const [k, n] = sides(specs[i], attrs.transposeB);
			const rows = liveRows(outputSpecs[i].shape[0], SLOT, step);
			const from = x.subarray(slot * step.slot_tokens * width);
			product(outputs[i], from, matrices[i], { rows, k, n }, attrs.transposeB, factor(attrs, scale, step), false);
		});
	},
	lower({ attrs, inputs: [x, ...matrices], outputs, tuning, limits }) {
		const { slots, products, transposeB, adapter } = attrs;
		return products.flatMap(({ slot: index, scale }, i) => {
			const [k, n] = sides(matrices[i], transposeB);
			return matmulCalls(
				{ segments: [{ a: { tensor: x.id }, b: { tensor: matrices[i].id } }], out: { tensor: outputs[i].id } },
				{
					m: outputs[i].shape[0],
					n,
					segments: [{ k, transposeA: false, transposeB, scale, adapter, storageB: "f32" }],
					accumulate: false,
					live: SLOT,
					slot: { index, slots, a: true, b: false, out: false },
				},
				tuning,
				limits,
			);
		});
	},
});

/** inputs: U_l [T, K_l] of each product, then their matrices; output: [slots · T, N], live as tokens. */
export const multiLoraUp = defineOp<MultiLoraUpAttrs>({
	op: "multiLoraUp",
	infer({ slots, products, transposeB, accumulate }, inputs) {
		const count = products.length;
		if (inputs.length !== 2 * count) throw new Error(`multiLoraUp: ${inputs.length} inputs for ${count} slots`);
		if (!accumulate && new Set(products.map(({ slot }) => slot)).size !== slots)
			throw new Error("multiLoraUp: rows of slots that take no part would hold nothing");
		const widths = inputs.slice(count).map((matrix, i) => {
			const [k, n] = sides(matrix, transposeB);
			if (k !== inputs[i].shape[1] || inputs[i].live?.axis !== "slot")
				throw new Error(
					`multiLoraUp: ${inputs[i].name} [${inputs[i].shape}] is no factor of ${matrix.name} [${matrix.shape}]`,
				);
			return n;
		});
		if (new Set(widths).size !== 1) throw new Error(`multiLoraUp: widths ${widths}`);
		return [{ shape: [inputs[0].shape[0] * slots, widths[0]], dtype: "f32", live: { axis: "tokens", offset: 0 } }];
	},
	updates: ({ accumulate }) => (accumulate ? [0] : []),
	backward({ builder, node, attrs, inputs, gradOutputs: [dout], needs, setGrad }) {
		if (dout === undefined) return;
		const { slots, products, transposeB, adapter } = attrs;
		const matrices = inputs.slice(products.length);
		if (needs.slice(0, products.length).includes(true)) {
			const du = multiLoraDown(builder, `d ${node.name}`, [dout, ...matrices], {
				slots,
				products,
				transposeB: !transposeB,
				adapter,
			});
			for (const [i, gradient] of du.entries()) setGrad(i, gradient);
		}
		products.forEach(({ slot, scale }, i) => {
			if (!needs[products.length + i]) return;
			const name = `d ${matrices[i].name}`;
			const of = { slots, slot, scale, adapter, accumulate: false };
			setGrad(
				products.length + i,
				transposeB
					? multiLoraGradient(builder, name, [dout, inputs[i]], { ...of, shared: "a" })
					: multiLoraGradient(builder, name, [inputs[i], dout], { ...of, shared: "b" }),
			);
		});
	},
	reference({ attrs, inputs, inputSpecs, outputs: [out], step }) {
		const count = attrs.products.length;
		attrs.products.forEach(({ slot, scale }, i) => {
			const [k, n] = sides(inputSpecs[count + i], attrs.transposeB);
			const rows = liveRows(inputSpecs[i].shape[0], SLOT, step);
			const to = out.subarray(slot * step.slot_tokens * n);
			const by = factor(attrs, scale, step);
			product(to, inputs[i], inputs[count + i], { rows, k, n }, attrs.transposeB, by, attrs.accumulate);
		});
	},
	lower({ attrs, inputs, outputs: [out], tuning, limits }) {
		const { slots, products, transposeB, adapter, accumulate } = attrs;
		return products.flatMap(({ slot: index, scale }, i) => {
			const matrix = inputs[products.length + i];
			const [k, n] = sides(matrix, transposeB);
			return matmulCalls(
				{ segments: [{ a: { tensor: inputs[i].id }, b: { tensor: matrix.id } }], out: { tensor: out.id } },
				{
					m: inputs[i].shape[0],
					n,
					segments: [{ k, transposeA: false, transposeB, scale, adapter, storageB: "f32" }],
					accumulate,
					live: SLOT,
					slot: { index, slots, a: false, b: false, out: true },
				},
				tuning,
				limits,
			);
		});
	},
});

/** inputs: a [., M], b [., N], one with the tokens of all slots; output: [M, N], Σ over the slot's tokens. */
export const multiLoraGradient = defineOp<MultiLoraGradientAttrs>({
	op: "multiLoraGradient",
	infer({ slots, shared }, [a, b]) {
		const [rows, all] = shared === "a" ? [b.shape[0], a.shape[0]] : [a.shape[0], b.shape[0]];
		if (slotRows(all, slots) !== rows)
			throw new Error(`multiLoraGradient: [${a.shape}] and [${b.shape}] over ${slots} slots`);
		return [{ shape: [a.shape[1], b.shape[1]], dtype: "f32", live: undefined }];
	},
	updates: ({ accumulate }) => (accumulate ? [0] : []),
	reference({ attrs, inputs: [a, b], inputSpecs, outputs: [out], step }) {
		const { slot, scale, shared, accumulate } = attrs;
		const [m, n] = inputSpecs.map(({ shape }) => shape[1]);
		const first = (of: "a" | "b") => (shared === of ? slot * step.slot_tokens : 0);
		const rows = liveRows(Math.min(inputSpecs[0].shape[0], inputSpecs[1].shape[0]), SLOT, step);
		for (let i = 0; i < m; i++) {
			for (let j = 0; j < n; j++) {
				let sum = 0;
				for (let t = 0; t < rows; t++) sum += a[(first("a") + t) * m + i] * b[(first("b") + t) * n + j];
				out[i * n + j] = (accumulate ? out[i * n + j] : 0) + factor(attrs, scale, step) * sum;
			}
		}
	},
	lower({ attrs, inputs: [a, b], outputs: [out], tuning, limits }) {
		const { slot: index, slots, scale, shared, adapter, accumulate } = attrs;
		const [m, n] = out.shape;
		const k = Math.min(a.shape[0], b.shape[0]);
		return matmulCalls(
			{ segments: [ranges({ a, b })], out: { tensor: out.id } },
			{
				m,
				n,
				segments: [{ k, transposeA: true, transposeB: false, scale, adapter, storageB: "f32" }],
				accumulate,
				live: SLOT,
				slot: { index, slots, a: shared === "a", b: shared === "b", out: false },
			},
			tuning,
			limits,
		);
	},
});

/** to[i, j] (+)= factor · Σ from[i, q] · op(B)[q, j] */
function product(
	to: Values,
	from: Values,
	matrix: Values,
	{ rows, k, n }: { readonly rows: number; readonly k: number; readonly n: number },
	transposeB: boolean,
	by: number,
	accumulate: boolean,
): void {
	for (let i = 0; i < rows; i++) {
		for (let j = 0; j < n; j++) {
			let sum = 0;
			for (let q = 0; q < k; q++) sum += from[i * k + q] * matrix[transposeB ? j * k + q : q * n + j];
			to[i * n + j] = (accumulate ? to[i * n + j] : 0) + by * sum;
		}
	}
}

/** y's rows of each slot += scale · x · A_lᵀ · B_lᵀ. x: [slots · T, in], A_l: [r_l, in], B_l: [out, r_l], y: [slots · T, out] */
export function addLowRank(
	builder: GraphBuilder,
	name: string,
	x: TensorSpec,
	y: TensorSpec,
	slots: number,
	pairs: readonly (SlotProduct & { readonly A: TensorSpec; readonly B: TensorSpec })[],
): void {
	const scaled = pairs.map(({ slot, scale }) => ({ slot, scale }));
	const u = multiLoraDown(builder, `${name}.lora_A`, [x, ...pairs.map(({ A }) => A)], {
		slots,
		products: scaled,
		transposeB: true,
		adapter: true,
	}); // [T, r_l] each
	multiLoraUp.into(builder, `${name}.lora_B`, [...u, ...pairs.map(({ B }) => B)], [y], {
		slots,
		products: scaled.map(({ slot }) => ({ slot, scale: 1 })),
		transposeB: true,
		adapter: false,
		accumulate: true,
	});
}
