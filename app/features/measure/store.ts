// State of "Measure this device" and its actions. The last result stays until the page closes.
import { create } from "zustand";
import type { DeviceMeasurement, ErrorInfo, MeasureProgress } from "../../../src/engine/api.ts";
import { toErrorInfo } from "../../engine.ts";
import { useEngine } from "../model/store.ts";

interface MeasureState {
	/** The part being measured; null when nothing is. */
	progress: MeasureProgress | null;
	cancelling: boolean;
	result: DeviceMeasurement | null;
	/** Format of the text in the clipboard, until the next measurement. */
	copied: "json" | "markdown" | null;
	error: ErrorInfo | null;
}

export const useMeasure = create<MeasureState>()(() => ({
	progress: null,
	cancelling: false,
	result: null,
	copied: null,
	error: null,
}));

export async function measure(): Promise<void> {
	const { api } = useEngine.getState();
	if (api === null || useMeasure.getState().progress !== null) return;
	useMeasure.setState({ progress: { part: "peak", done: 0, total: 6 }, cancelling: false, copied: null, error: null });
	try {
		const result = await api.measureDevice((progress) => {
			const { cancelling } = useMeasure.getState();
			if (!cancelling) useMeasure.setState({ progress });
			return !cancelling;
		});
		if (result !== null) useMeasure.setState({ result });
	} catch (error) {
		useMeasure.setState({ error: toErrorInfo(error) });
	} finally {
		useMeasure.setState({ progress: null, cancelling: false });
	}
}

export function cancelMeasuring(): void {
	if (useMeasure.getState().progress !== null) useMeasure.setState({ cancelling: true });
}

export async function copyMeasurement(format: "json" | "markdown"): Promise<void> {
	const { api } = useEngine.getState();
	const { result } = useMeasure.getState();
	if (result === null || api === null) return;
	try {
		const text = format === "json" ? JSON.stringify(result, null, 2) : await api.measurementText(result);
		await navigator.clipboard.writeText(text);
		useMeasure.setState({ copied: format });
	} catch (error) {
		useMeasure.setState({ error: toErrorInfo(error) });
	}
}
