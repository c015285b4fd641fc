import { afterAll, expect, test } from "vitest";
import type { MeasurementPart } from "../../api.ts";
import { testRuntime } from "../test-runtime.ts";
import { measureDevice } from "./measure-device.ts";
import { loraSettings } from "./step.ts";

const runtime = await testRuntime("public/base-model");
afterAll(() => runtime.gpu.destroy());

const TOKENS = 16;
const options = {
	agent: "a test",
	tokens: TOKENS,
	training: { settings: loraSettings(16, TOKENS), rows: 1, steps: 1 },
};

/** Every number in a value, with its path. */
function numbers(value: unknown, path = ""): [string, number][] {
	if (typeof value === "number") return [[path, value]];
	if (typeof value !== "object" || value === null) return [];
	return Object.entries(value).flatMap(([key, member]) => numbers(member, `${path}.${key}`));
}

test("a measurement has finite figures of every part, and releases what it allocated", async () => {
	const parts: MeasurementPart[] = [];
	const before = runtime.gpu.allocated.buffers;
	const measurement = await measureDevice(runtime, {
		...options,
		onProgress({ part, done, total }) {
			expect(done).toBe(parts.length);
			expect(total).toBe(6);
			parts.push(part);
			return true;
		},
	});
	expect(parts).toEqual(["peak", "products", "attention", "prepare", "step", "kernels"]);
	if (measurement === null) throw new Error("cancelled");
	expect(numbers(measurement).filter(([, value]) => !Number.isFinite(value))).toEqual([]);
	const { peak, products, attention, step, kernels, variants } = measurement;
	for (const { gflops, gigabytes_per_second, milliseconds } of [...products, ...attention]) {
		expect(milliseconds).toBeGreaterThan(0);
		expect(gflops).toBeGreaterThan(0);
		expect(gigabytes_per_second).toBeGreaterThan(0);
	}
	expect(peak.gflops).toBeGreaterThan(0.1);
	expect(peak.gigabytes_per_second).toBeGreaterThan(0.01);
	expect([products.length, attention.length, variants.length]).toEqual([6, 3, 3]);
	expect(step?.tokens).toBe(TOKENS);
	expect(step?.tokens_per_second).toBeCloseTo((1000 * TOKENS) / (step?.milliseconds ?? 0), 6);
	if (runtime.gpu.has("timestamp-query")) {
		expect(kernels?.reduce((sum, { calls }) => sum + calls, 0)).toBe(step?.dispatches);
		expect(kernels?.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
	} else expect(kernels).toBeNull();
	expect(runtime.gpu.allocated.buffers - before).toBeLessThanOrEqual(2); // the staging and fence buffers, created once
});

test.each(["peak", "attention", "step", "kernels"] as const)("a measurement is cancelled before %s", async (last) => {
	const before = runtime.gpu.allocated.buffers;
	expect(await measureDevice(runtime, { ...options, onProgress: ({ part }) => part !== last })).toBeNull();
	expect(runtime.gpu.allocated.buffers).toBe(before);
});
