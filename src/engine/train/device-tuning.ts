// The tuning of a device: the defaults of its class, or a table that was measured on it once and stored.
import type { Gpu } from "../device/gpu.ts";
import type { TuningReport } from "../kernels/autotune.ts";
import type { Pipelines } from "../kernels/pipelines.ts";
import type { Choices } from "../kernels/saved-tuning.ts";
import type { MatrixUnits, Tuning, TuningTable } from "../kernels/tuning.ts";
import { type DeviceClass, defaultTable, detectClass, tuningFor } from "../kernels/tuning-defaults.ts";
import type { RunStorage } from "../persistence/run-storage.ts";

/** Where measured tables are stored between sessions. */
export interface TuningStore {
	/** The browser, or Node and the WebGPU package, with versions: another one may compile the kernels differently. */
	readonly agent: string;
	/** Null if there is no such file. */
	read(file: string): Promise<string | null>;
	write(file: string, text: string): Promise<void>;
}

/** A store in a folder that is opened when it is first needed. */
export function storeIn(agent: string, open: () => Promise<Pick<RunStorage, "read" | "write">>): TuningStore {
	return {
		agent,
		read: async (file) => (await (await open()).read(file))?.text() ?? null,
		write: async (file, text) => (await open()).write(file, new TextEncoder().encode(text)),
	};
}

export interface DeviceTuning {
	readonly device: DeviceClass;
	readonly table: TuningTable;
	/** Queries of a block of attention, on GPUs; 0: threads work alone. */
	readonly attentionQueries?: number;
	/** default: not measured, because compiling the candidates would take longer than they save. */
	readonly source: "default" | "stored" | "measured";
	/** The measurement, if it was made in this session. */
	readonly report: TuningReport | null;
	/** Of what the table is valid for; null for the defaults. */
	readonly key: string | null;
	readonly tuning: Tuning;
}

export interface TuningOptions {
	/** Without a store, the measurement is valid for this device object only. */
	readonly store?: TuningStore;
	/** Receives the number of candidates measured; called only when a measurement is made. */
	readonly onMeasure?: (done: number, total: number) => void;
}

const measuredHere = new WeakMap<Gpu, Promise<DeviceTuning>>();

/** @param measure whether the model is large enough for a measurement to pay */
export async function tuneDevice(
	gpu: Gpu,
	pipelines: Pipelines,
	measure: boolean,
	options: TuningOptions,
): Promise<DeviceTuning> {
	if (!measure) {
		const device = await detectClass(gpu, pipelines);
		return tuned(gpu, device, { table: defaultTable(device) }, "default", null, null);
	}
	let known = measuredHere.get(gpu);
	if (known === undefined) {
		known = storedOrMeasured(gpu, pipelines, options);
		measuredHere.set(gpu, known);
		known.catch(() => measuredHere.delete(gpu));
	}
	return known;
}

async function storedOrMeasured(
	gpu: Gpu,
	pipelines: Pipelines,
	{ store, onMeasure = () => undefined }: TuningOptions,
): Promise<DeviceTuning> {
	const device = await detectClass(gpu, pipelines);
	const measured = await import("./measured-tuning.ts");
	const key = measured.tuningKey(gpu.adapterInfo, store?.agent ?? "");
	const file = measured.tuningFile(key);
	const units = device === "gpu" ? measured.matrixUnits(gpu) : null;
	const withUnits = (choices: Choices) =>
		units === null || choices.matrices === undefined ? undefined : measured.unitsOf(units, choices.matrices);
	// A store that fails is as good as an empty one: the device is measured again.
	const text = await store?.read(file).catch(() => null);
	const stored = text == null ? null : measured.loadChoices(text, key);
	if (stored !== null) return tuned(gpu, device, stored, "stored", null, key, withUnits(stored));
	const report = await measured.autotune(pipelines, device, { onProgress: onMeasure });
	let choices: Choices = report;
	if (units !== null) {
		const { tuning } = tuned(gpu, device, report, "measured", report, key);
		choices = { ...report, matrices: await measured.measureMatrixUnits(pipelines, tuning, units) };
	}
	await store?.write(file, measured.saveChoices(key, choices)).catch(() => undefined);
	return tuned(gpu, device, choices, "measured", report, key, withUnits(choices));
}

function tuned(
	gpu: Gpu,
	device: DeviceClass,
	{ table, attentionQueries }: Choices,
	source: DeviceTuning["source"],
	report: TuningReport | null,
	key: string | null,
	matrix?: MatrixUnits,
): DeviceTuning {
	const tuning: Tuning = {
		...tuningFor(device, table, attentionQueries),
		float16: gpu.has("shader-f16"),
		...(matrix === undefined ? {} : { matrix }),
	};
	return { device, table, attentionQueries: tuning.attentionQueries, source, report, key, tuning };
}
