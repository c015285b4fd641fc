// Calls of "Measure this device", whose code is loaded with the first measurement.
import type { DeviceMeasurement, EngineApi, MeasureProgress } from "../../engine/api.ts";
import { workerMessage } from "../../shared/messages/index.ts";
import type { EngineState } from "../engine-state.ts";

export function measureCalls(state: EngineState) {
	return {
		async measureDevice(
			onProgress: (progress: MeasureProgress) => boolean | Promise<boolean>,
		): Promise<DeviceMeasurement | null> {
			state.activeRun.refuse(workerMessage("waiting.measure"));
			const { measureDevice } = await import("../device-measurement.ts");
			// No run may start meanwhile, in this tab or another: both would be slower than they are alone.
			return state.activeRun.exclusive(
				() => undefined,
				async () => {
					const { runtime, activeAdapter } = state.open();
					const adapter = activeAdapter.layout === null ? null : await activeAdapter.now();
					await activeAdapter.take(null);
					try {
						return await measureDevice(runtime, { agent: state.agent, onProgress });
					} finally {
						await activeAdapter.take(adapter);
					}
				},
			);
		},

		async measurementText(measurement: DeviceMeasurement): Promise<string> {
			const { measurementMarkdown } = await import("../device-measurement.ts");
			return measurementMarkdown(measurement);
		},
	} satisfies Partial<EngineApi>;
}
