// A lost GPU: every promise of WebGPU that fails because of it becomes the error "device-lost", whatever the browser says,
// and whether it reports the failed call or the loss first.
import { describe, expect, test } from "vitest";
import { defineKernel } from "../kernels/kernel.ts";
import { Pipelines } from "../kernels/pipelines.ts";
import { Gpu } from "./gpu.ts";

type Call = (gpu: Gpu) => Promise<unknown>;

const kernel = defineKernel({ name: "fake", source: "", params: {}, bindings: [] });
const CALLS: Record<string, Call> = {
	checked: (gpu) => gpu.checked("work", async () => 1),
	"checked, while the work fails too": (gpu) =>
		gpu.checked("work", () => Promise.reject(new Error("undefined buffer"))),
	fence: (gpu) => gpu.fence(),
	pipeline: (gpu) => new Pipelines(gpu).get({ kernel, constants: {} }),
};

const REPORTS = [
	new DOMException("Instance dropped in popErrorScope", "OperationError"),
	new DOMException("A valid external Instance reference no longer exists.", "AbortError"),
	new DOMException("Buffer was destroyed before mapping was resolved.", "AbortError"),
	new Error("The pipeline was not created: Device is lost."),
];

/** A device whose promises stay pending until `lose`; the loss itself is reported `delay` milliseconds later, or never. */
async function fakeGpu(): Promise<{ gpu: Gpu; lose(report: Error, delay: number | null): void }> {
	const failing: ((report: Error) => void)[] = [];
	const pending = () => new Promise<never>((_, reject) => failing.push(reject));
	let lost: (info: { reason: string; message: string }) => void = () => undefined;
	const buffer = () => ({ size: 65536, destroy: () => undefined, mapAsync: pending });
	const device = {
		limits: { maxBufferSize: 2 ** 28 },
		features: new Set(),
		lost: new Promise((resolve) => {
			lost = resolve;
		}),
		queue: { submit: () => undefined },
		pushErrorScope: () => undefined,
		popErrorScope: pending,
		createBuffer: buffer,
		createCommandEncoder: () => ({ copyBufferToBuffer: () => undefined, finish: () => undefined }),
		createShaderModule: () => ({ getCompilationInfo: async () => ({ messages: [] }) }),
		createBindGroupLayout: () => undefined,
		createPipelineLayout: () => undefined,
		createComputePipelineAsync: pending,
	};
	const adapter = { info: {}, limits: {}, features: new Set(), requestDevice: async () => device };
	const gpu = await Gpu.request({ gpu: { requestAdapter: async () => adapter } as unknown as GPU, minimal: true });
	return {
		gpu,
		lose(report, delay) {
			for (const reject of failing) reject(report);
			if (delay !== null) setTimeout(() => lost({ reason: "unknown", message: "The GPU process crashed." }), delay);
		},
	};
}

describe.each(Object.entries(CALLS))("%s", (_, call) => {
	test.each(REPORTS)("fails with device-lost: %s", async (report) => {
		const { gpu, lose } = await fakeGpu();
		const result = expect(call(gpu)).rejects.toMatchObject({ code: "device-lost" });
		setTimeout(() => lose(report, 10));
		await result;
		expect(() => gpu.assertAlive()).toThrow("the GPU was lost (unknown: The GPU process crashed)");
	});

	test("fails with device-lost even if the browser never reports the loss", async () => {
		const { gpu, lose } = await fakeGpu();
		const result = expect(call(gpu)).rejects.toMatchObject({ code: "device-lost" });
		setTimeout(() => lose(REPORTS[0], null));
		await result;
		expect(() => gpu.assertAlive()).toThrow("the GPU was lost (Instance dropped in popErrorScope)");
	});

	test("a failure of a device that is not lost stays as it is", async () => {
		const { gpu, lose } = await fakeGpu();
		const result = expect(call(gpu)).rejects.toThrow("no such entry point");
		setTimeout(() => lose(new Error("no such entry point"), null));
		await result;
		gpu.assertAlive();
	});
});

test("work that a device loses without an error fails with device-lost", async () => {
	const { gpu, lose } = await fakeGpu();
	Object.assign(gpu.device, { popErrorScope: async () => null });
	const result = gpu.checked("work", async () => {
		lose(REPORTS[0], 0);
		await new Promise((resolve) => setTimeout(resolve, 5));
	});
	await expect(result).rejects.toMatchObject({ code: "device-lost" });
});

test.each(["requestAdapter", "requestDevice"])("a GPU that is lost during %s is device-lost", async (name) => {
	const fail = () => Promise.reject(new DOMException("Instance dropped", "OperationError"));
	const adapter = { info: {}, limits: {}, features: new Set(), requestDevice: fail };
	const requestAdapter = name === "requestAdapter" ? fail : async () => adapter;
	await expect(Gpu.request({ gpu: { requestAdapter } as unknown as GPU })).rejects.toMatchObject({
		code: "device-lost",
	});
});
