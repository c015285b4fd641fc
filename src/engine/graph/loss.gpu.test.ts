import { afterAll, expect, test } from "vitest";
import { roundBf16 } from "../executor/compare.ts";
import { values } from "../executor/test-gpu.ts";
import { GraphBuilder } from "./builder.ts";
import type { TensorSpec } from "./ir.ts";
import { languageModelLoss, lossChunkRows } from "./loss.ts";
import { copy } from "./ops/index.ts";
import { expectAgreement, testDevices } from "./ops/test-op.ts";
import { NOTHING_TRAINED, plainHead } from "./passes/test-graphs.ts";
import { ReferenceMemory, runReference } from "./reference.ts";

const devices = await testDevices();
afterAll(() => devices.destroy());

interface Case {
	readonly tokens: number;
	readonly width: number;
	readonly vocabulary: number;
	readonly capacity: number;
	readonly chunkRows?: number;
	readonly live: number;
}

const CASES: Case[] = [
	{ tokens: 1, width: 1, vocabulary: 3, capacity: 1, live: 1 },
	{ tokens: 9, width: 7, vocabulary: 31, capacity: 6, chunkRows: 4, live: 5 },
	{ tokens: 20, width: 33, vocabulary: 129, capacity: 20, chunkRows: 8, live: 13 },
	{ tokens: 37, width: 64, vocabulary: 500, capacity: 30, chunkRows: 16, live: 30 },
	{ tokens: 65, width: 24, vocabulary: 1001, capacity: 50, live: 33 },
];

const SCALE = 0.125;

function data({ tokens, width, vocabulary, capacity }: Case) {
	const rows = Array.from({ length: tokens }, (_, i) => i).sort((a, b) => ((a * 7919) % 101) - ((b * 7919) % 101));
	return {
		hidden: values(tokens * width, 1),
		head: roundBf16(values(vocabulary * width, 2, 2)),
		rows: rows.slice(0, capacity),
		ids: Array.from({ length: capacity }, (_, i) => (i * 104729 + 2) % vocabulary),
		metrics: [0.5, 0, 0, 0],
	};
}

function build(
	builder: GraphBuilder,
	one: Case,
	gradient: boolean,
	dtype: "f32" | "bf16" = "f32",
): TensorSpec | undefined {
	const { tokens, width, vocabulary, capacity, chunkRows } = one;
	const given = builder.declare("input", "hidden", [tokens, width], "f32", { live: { axis: "tokens", offset: 0 } });
	const target = (name: string) =>
		builder.declare("input", name, [capacity], "u32", { live: { axis: "targets", offset: 0 } });
	return languageModelLoss(builder, {
		hidden: copy(builder, "normed", [given]),
		vocabulary,
		head: (rows) => plainHead(builder, rows, builder.declare("weight", "head", [vocabulary, width], dtype)),
		targetRows: target("rows"),
		targetIds: target("ids"),
		lossSum: builder.declare("state", "metrics", [4], "f32"),
		gradient: gradient ? NOTHING_TRAINED : null,
		chunkRows,
	});
}

const stepOf = ({ tokens, live }: Case) => ({ live_tokens: tokens, live_targets: live, loss_scale: SCALE });

/** Computes the loss and its gradient without chunks and ops. */
function plain(one: Case): { loss: number; dHidden: Float64Array } {
	const { hidden, head, rows, ids } = data(one);
	const { width, vocabulary } = one;
	const dHidden = new Float64Array(hidden.length);
	let loss = 0;
	for (let i = 0; i < one.live; i++) {
		const x = hidden.subarray(rows[i] * width, (rows[i] + 1) * width);
		const logits = Array.from({ length: vocabulary }, (_, v) =>
			x.reduce((sum, h, c) => sum + h * head[v * width + c], 0),
		);
		const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
		loss += Math.log(total) - logits[ids[i]];
		logits.forEach((logit, v) => {
			const d = (Math.exp(logit) / total - (v === ids[i] ? 1 : 0)) * SCALE;
			for (let c = 0; c < width; c++) dHidden[rows[i] * width + c] += d * head[v * width + c];
		});
	}
	return { loss, dHidden };
}

function reference(one: Case, gradient: boolean, change: (hidden: Float64Array) => void = () => {}) {
	const builder = new GraphBuilder();
	const dHidden = build(builder, one, gradient);
	const memory = new ReferenceMemory("float64");
	const all = data(one);
	const hidden = Float64Array.from(all.hidden);
	change(hidden);
	memory.set("hidden", hidden);
	memory.set("head", all.head);
	memory.set("rows", all.rows, "u32");
	memory.set("ids", all.ids, "u32");
	memory.set("metrics", all.metrics);
	const kept = runReference(builder.build(), memory, stepOf(one));
	return { loss: memory.get("metrics")[0] - 0.5, dHidden: dHidden && kept.get(dHidden.id) };
}

test.each(CASES)(
	"the loss of $live of $capacity targets, $chunkRows at a time, equals a plain computation on both executors",
	async (one) => {
		const expected = plain(one);
		const found = reference(one, true);
		expect(found.loss).toBeCloseTo(expected.loss, 9);
		expect(reference(one, false)).toMatchObject({ loss: found.loss, dHidden: undefined });
		expected.dHidden.forEach((value, i) => expect(found.dHidden?.[i]).toBeCloseTo(value, 10));
		for (const dtype of ["f32", "bf16"] as const) {
			await expectAgreement(devices.all, (builder) => void build(builder, one, true, dtype), {
				values: data(one),
				step: stepOf(one),
				tolerance: 1e-4,
			});
		}
	},
);

test("dHidden is the derivative of the summed loss, times loss_scale", () => {
	const one = CASES[1];
	const { dHidden } = reference(one, true);
	for (let i = 0; i < one.tokens * one.width; i += 3) {
		const move = (delta: number) => (hidden: Float64Array) => {
			hidden[i] += delta;
		};
		const at = (delta: number) => reference(one, false, move(delta)).loss;
		expect(dHidden?.[i]).toBeCloseTo((SCALE * (at(1e-5) - at(-1e-5))) / 2e-5, 7);
	}
});

test("chunks are few, equal and within the size limit", () => {
	expect(lossChunkRows(256, 49152)).toBe(64); // 12 MiB, four times
	expect(lossChunkRows(256, 4096)).toBe(256);
	expect(lossChunkRows(5, 4096)).toBe(5);
	expect(lossChunkRows(512, 151936)).toBe(24);
	expect(lossChunkRows(512, 10_000_000)).toBe(8);
});
