import { expect, test } from "vitest";
import type { DeviceMeasurement } from "../../api.ts";
import { figure, measurementMarkdown, rate } from "./measurement-text.ts";

const measurement: DeviceMeasurement = {
	date: "2026-11-30T12:00:00.000Z",
	tabtune: { version: "0.1.0", tuning_key: "nvidia|ampere|||a browser|0badf00d" },
	agent: "a browser",
	adapter: {
		vendor: "nvidia",
		architecture: "ampere",
		device: "",
		description: "",
		software: false,
		features: ["subgroups"],
		limits: { maxBufferSize: 2 ** 32 },
	},
	precision: "f32",
	peak: { gflops: 12_345, gigabytes_per_second: 448 },
	products: [
		{
			name: "frozen forward, x·Wᵀ",
			shape: "512×1536×576 bf16",
			milliseconds: 0.2,
			gflops: 4530,
			gigabytes_per_second: 29.9,
			share_of_peak: 0.367,
			share_of_bandwidth: 0.0667,
		},
	],
	attention: [],
	step: {
		model: "SmolLM2-135M",
		parameters: 134_515_008,
		base_dtype: "bfloat16",
		r: 16,
		tokens: 512,
		prepare_milliseconds: 900,
		first_milliseconds: 120,
		milliseconds: 100,
		min_milliseconds: 98,
		tokens_per_second: 5120,
		flops: 3.32e11,
		gflops: 3320,
		gigabytes_per_second: 100,
		share_of_peak: 0.269,
		share_of_bandwidth: 0.223,
		dispatches: 700,
		peak_gpu_bytes: 1024 * 2 ** 20,
	},
	step_error: null,
	kernels: [
		{
			kernel: "matmul-shared 4x4",
			calls: 431,
			milliseconds: 60,
			share: 0.6,
			gflops: 4000,
			gigabytes_per_second: 80,
		},
	],
	timestamp_resolution_us: 100,
	variants: [{ class: "wide", variant: "shared, rows 4, columns 4, unroll 16, threads 256", source: "measured" }],
	device_class: "gpu",
	milliseconds: 9000,
};

test("figures have three significant digits", () => {
	expect([0, 12_345.6, 448, 29.94, 0.1234, 0.00001].map(figure)).toEqual([
		"0",
		"12,346",
		"448",
		"29.9",
		"0.123",
		"0.0000",
	]);
	expect([12_345, 999, 0.5].map(rate)).toEqual(["12.3 TFLOPS", "999 GFLOPS", "0.500 GFLOPS"]);
});

test("the report names the device, its driver and its peaks, and lists step, products, kernels and choices", () => {
	const text = measurementMarkdown(measurement);
	for (const line of [
		"## nvidia ampere",
		"- Driver: not reported by the browser",
		"- Multiply-add peak, f32: 12.3 TFLOPS",
		"- Copy bandwidth: 448 GB/s",
		"| SmolLM2-135M | bfloat16 | 16 | 512 | 100 | 5,120 | 3.32 TFLOPS | 26.9 % | 22.3 % | 700 | 1024 MiB |",
		"| frozen forward, x·Wᵀ | 512×1536×576 bf16 | 0.200 | 4.53 TFLOPS | 36.7 % | 29.9 | 6.7 % |",
		"| matmul-shared 4x4 | 431 | 60.0 | 60.0 % | 4.00 TFLOPS | 80.0 |",
		"| wide | shared, rows 4, columns 4, unroll 16, threads 256 | measured |",
		"Timestamps are multiples of 100 µs here, so the times of short kernels are approximate.",
	])
		expect(text.split("\n")).toContain(line);
});

test("the report says why there is no step and no time per kernel", () => {
	const text = measurementMarkdown({ ...measurement, step: null, step_error: "out of memory", kernels: null });
	expect(text).toContain("Not measured: out of memory.");
	expect(text).toContain("This device has no timestamp queries.");
});
