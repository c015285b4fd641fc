import { expect, test } from "vitest";
import { testGpu } from "../executor/test-gpu.ts";
import { Pipelines } from "../kernels/pipelines.ts";
import { defaultTable } from "../kernels/tuning-defaults.ts";
import { type TuningStore, tuneDevice } from "./device-tuning.ts";

test("a device is measured once, and later sessions read the stored table", async () => {
	const files = new Map<string, string>();
	const store = (agent: string): TuningStore => ({
		agent,
		read: async (file) => files.get(file) ?? null,
		write: async (file, text) => void files.set(file, text),
	});
	const session = async (agent: string, measure = true) => {
		const gpu = await testGpu();
		const progress: number[] = [];
		try {
			const options = { store: store(agent), onMeasure: (done: number) => progress.push(done) };
			const tuning = await tuneDevice(gpu, new Pipelines(gpu), measure, options);
			const again = await tuneDevice(gpu, new Pipelines(gpu), measure, options);
			expect(again.table).toEqual(tuning.table);
			return { ...tuning, progress };
		} finally {
			gpu.destroy();
		}
	};
	const first = await session("a browser");
	expect(first.source).toBe("measured");
	expect(first.report?.milliseconds).toBeLessThan(10_000); // 3 s on an idle machine
	expect(first.progress.length).toBeGreaterThan(0);
	const second = await session("a browser");
	expect(second).toMatchObject({ source: "stored", table: first.table, report: null, progress: [] });
	expect((await session("another browser")).source).toBe("measured");
	expect(files.size).toBe(2);
	const small = await session("a third browser", false);
	expect(small).toMatchObject({ source: "default", table: defaultTable(small.device), progress: [] });
});

test("a store that fails does not fail the session", async () => {
	const gpu = await testGpu();
	const fail = () => Promise.reject(new Error("the storage is full"));
	const tuning = await tuneDevice(gpu, new Pipelines(gpu), true, {
		store: { agent: "a browser", read: fail, write: fail },
	});
	expect(tuning.source).toBe("measured");
	gpu.destroy();
});
