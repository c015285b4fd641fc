import { afterAll, expect, test } from "vitest";
import { GpuMemory } from "../../executor/memory.ts";
import { Plan } from "../../executor/plan.ts";
import { values } from "../../executor/test-gpu.ts";
import { Pipelines } from "../../kernels/pipelines.ts";
import { GraphBuilder } from "../builder.ts";
import { ReferenceMemory, runReference } from "../reference.ts";
import { copy } from "./copy.ts";
import { crossEntropy, sumInto } from "./cross-entropy.ts";
import { expectAgreement, testDevices, testTuning } from "./test-op.ts";

const devices = await testDevices();
afterAll(() => devices.destroy());

// rows, vocabulary, first target
const SHAPES = [
	[1, 2, 0],
	[3, 7, 2],
	[5, 64, 0],
	[17, 333, 5],
	[4, 70001, 1],
] as const;

function build(rows: number, vocabulary: number, offset: number, gradient: boolean) {
	return (builder: GraphBuilder) => {
		const live = { axis: "targets", offset } as const;
		const given = builder.declare("input", "given", [rows, vocabulary], "f32", { live });
		const logits = copy(builder, "logits", [given]);
		const ids = builder.declare("input", "ids", [offset + rows], "u32", { live: { axis: "targets", offset: 0 } });
		const losses = crossEntropy(builder, "losses", logits, ids, { offset, gradient });
		const sum = builder.declare("state", "sum", [4], "f32");
		sumInto(builder, "sum", losses, sum, 2);
		return { logits, losses, sum };
	};
}

const data = (rows: number, vocabulary: number, offset: number) => ({
	given: values(rows * vocabulary, 1, 12),
	ids: Array.from({ length: offset + rows }, (_, i) => (i * 7919 + 2) % vocabulary),
	sum: [1, 2, 3, 4],
});

test.each(SHAPES)(
	"losses [%i, %i] from target %i, their gradient in place and their sum",
	async (rows, vocabulary, offset) => {
		for (const gradient of [true, false]) {
			const step = { live_targets: offset + Math.ceil(rows * 0.7), loss_scale: 0.25 };
			const options = { values: data(rows, vocabulary, offset), step, tolerance: 5e-5 };
			await expectAgreement(devices.all, (builder) => void build(rows, vocabulary, offset, gradient)(builder), options);
		}
	},
);

test("losses and gradient by the threads of a GPU", async () => {
	const options = { values: data(3, 1030, 0), step: { live_targets: 2, loss_scale: 0.25 }, tolerance: 5e-5 };
	const tuning = { ...testTuning, rowThreads: 256 };
	await expectAgreement(devices.all, (builder) => void build(3, 1030, 0, true)(builder), { ...options, tuning });
});

test("the gradient in place is the derivative of the loss, times loss_scale", () => {
	const [rows, vocabulary, offset] = [2, 5, 1];
	const step = { live_targets: 3, loss_scale: 0.5 };
	const run = (gradient: boolean, index = 0, delta = 0) => {
		const builder = new GraphBuilder();
		const { logits } = build(rows, vocabulary, offset, gradient)(builder);
		const memory = new ReferenceMemory("float64");
		const all = data(rows, vocabulary, offset);
		memory.set(
			"given",
			Float64Array.from(all.given, (v, i) => v + (i === index ? delta : 0)),
		);
		memory.set("ids", all.ids, "u32");
		const kept = runReference(builder.build(), memory, step).get(logits.id);
		return { total: memory.get("sum")[2], logits: kept ?? [] };
	};
	const { logits } = run(true);
	for (let i = 0; i < rows * vocabulary; i++) {
		const numeric = (run(false, i, 1e-6).total - run(false, i, -1e-6).total) / 2e-6;
		expect(Math.abs(logits[i] - 0.5 * numeric)).toBeLessThan(1e-6);
	}
});

test("huge logits do not overflow; a NaN or infinite logit makes the loss and the sum NaN permanently", async () => {
	const cases = devices.all.flatMap((gpu) => [301, 304].map((vocabulary) => ({ gpu, vocabulary }))); // scalar and vec4 kernels
	for (const { gpu, vocabulary } of cases) {
		const builder = new GraphBuilder();
		const rows = 4;
		const { losses, sum } = build(rows, vocabulary, 0, true)(builder);
		builder.result(losses);
		const memory = new GpuMemory(gpu);
		const given = values(rows * vocabulary, 1);
		given.fill(-3e4, 0, vocabulary); // row 0: one logit far exceeds the target's
		given[5] = 3e4;
		given[vocabulary + 300] = Number.NaN;
		given[2 * vocabulary] = Number.POSITIVE_INFINITY;
		memory.upload("given", given);
		memory.upload("ids", Uint32Array.of(0, 3, 3, 3));
		const plan = await Plan.compile(builder.build(), memory, new Pipelines(gpu), testTuning);
		const run = async (live_targets: number) => {
			await plan.run({ live_targets, loss_scale: 1 });
			return { losses: await plan.read(losses.id), sum: (await plan.read(sum.id))[2] };
		};
		expect(await run(1)).toMatchObject({ sum: 6e4 });
		const broken = await run(4);
		expect([...broken.losses].map(Number.isNaN)).toEqual([false, true, true, false]);
		expect(broken.sum).toBeNaN();
		expect((await run(1)).sum).toBeNaN();
		plan.destroy();
		memory.releaseAll();
	}
});
