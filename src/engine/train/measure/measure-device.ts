// "Measure this device": its peaks, the model's products and attention, a whole LoRA step and its kernels, and what the figures
// depend on. The page and the command report the same measurement.
import { version } from "../../../../package.json";
import { TabTuneError } from "../../../shared/errors.ts";
import { englishError } from "../../../shared/messages/english-error.ts";
import type { DeviceMeasurement, MeasurementPart, MeasureProgress, RunSettings } from "../../api.ts";
import type { Gpu } from "../../device/gpu.ts";
import { measurePeaks } from "../../kernels/peak.ts";
import { SHAPE_KINDS } from "../../kernels/tuning.ts";
import type { ModelRuntime } from "../runtime.ts";
import { measureAttention, measureProducts, RANK } from "./products.ts";
import { kernelFigures, loraSettings, stepFigures, timeSteps } from "./step.ts";

export interface MeasureOptions {
	/** The browser, or Node and the WebGPU package, with versions. */
	readonly agent: string;
	/** Tokens of the text; by default 512 on a GPU and 128 on a software adapter. */
	readonly tokens?: number;
	/** By default LoRA of rank 16 on all linear layers, one row, and as many steps as fit into two seconds. */
	readonly training?: { readonly settings: RunSettings; readonly rows: number; readonly steps: number };
	/** Called before each part; returning false ends the measurement. */
	readonly onProgress?: (progress: MeasureProgress) => boolean | Promise<boolean>;
}

const PARTS: readonly MeasurementPart[] = ["peak", "products", "attention", "prepare", "step", "kernels"];
const TOKENS = { software: 128, gpu: 512 } as const;
/** Steps are timed for this long, and at least three of them. */
const STEP_MILLISECONDS = 2000;
const LEAST_STEPS = 3;
const REPORTED_LIMITS = [
	"maxBufferSize",
	"maxStorageBufferBindingSize",
	"maxComputeWorkgroupStorageSize",
	"maxComputeInvocationsPerWorkgroup",
] as const;

/** No adapter may be on the GPU. @returns null if it was cancelled */
export async function measureDevice(
	runtime: ModelRuntime,
	{ agent, tokens: wanted, training, onProgress = () => true }: MeasureOptions,
): Promise<DeviceMeasurement | null> {
	const started = performance.now();
	const { gpu, pipelines, model } = runtime;
	const most = model.config.max_position_embeddings;
	const tokens = Math.min(wanted ?? TOKENS[gpu.info.software ? "software" : "gpu"], most);
	let done = 0;
	let cancelled = false;
	const begin = async (part: MeasurementPart): Promise<boolean> => {
		cancelled ||= !(await onProgress({ part, done, total: PARTS.length }));
		done = PARTS.indexOf(part) + 1;
		return !cancelled;
	};
	if (!(await begin("peak"))) return null;
	const before = await measurePeaks(pipelines);
	if (!(await begin("products"))) return null;
	const products = await measureProducts(runtime, tokens);
	if (!(await begin("attention"))) return null;
	const attention = await measureAttention(runtime, tokens);
	if (!(await begin("prepare"))) return null;
	const { step, kernels, resolution, error } = await measureStep();
	if (cancelled) return null;
	// Measured again, because other work on the machine may have lowered the first result.
	const after = await measurePeaks(pipelines);
	const peak = {
		gflops: Math.max(before.gflops, after.gflops),
		gigabytes_per_second: Math.max(before.gigabytesPerSecond, after.gigabytesPerSecond),
	};
	const shares = <T extends { gflops: number; gigabytes_per_second: number }>(work: T) => ({
		...work,
		share_of_peak: work.gflops / peak.gflops,
		share_of_bandwidth: work.gigabytes_per_second / peak.gigabytes_per_second,
	});
	return {
		date: new Date().toISOString(),
		tabtune: { version: version, tuning_key: runtime.deviceTuning.key },
		agent,
		adapter: adapterFacts(gpu),
		precision: "f32",
		peak,
		products: products.map(shares),
		attention: attention.map(shares),
		step: step === null ? null : shares(step),
		step_error: error,
		kernels,
		timestamp_resolution_us: resolution,
		variants: variantsOf(runtime),
		device_class: runtime.deviceTuning.device,
		milliseconds: performance.now() - started,
	};

	async function measureStep() {
		const { settings, rows, steps } = training ?? { settings: loraSettings(RANK, tokens), rows: 1, steps: null };
		let began = 0;
		try {
			const times = await timeSteps(runtime, {
				tokens,
				rows,
				settings,
				profile: true,
				async more(milliseconds) {
					if (milliseconds.length === 0) {
						if (!(await begin("step"))) return false;
						began = performance.now();
						return true;
					}
					const more =
						steps === null
							? milliseconds.length < LEAST_STEPS || performance.now() - began < STEP_MILLISECONDS
							: milliseconds.length < steps;
					if (more) return !cancelled;
					await begin("kernels");
					return false;
				},
			});
			if (cancelled) return { step: null, kernels: null, resolution: null, error: null };
			return {
				step: stepFigures(runtime, { tokens: tokens * rows, r: settings.r }, times),
				kernels: times.profile === null ? null : kernelFigures(times.profile),
				resolution: times.profile?.resolutionMicroseconds ?? null,
				error: null,
			};
		} catch (thrown) {
			if (!(thrown instanceof TabTuneError && thrown.code === "memory")) throw thrown;
			return {
				step: null,
				kernels: null,
				resolution: null,
				error: englishError({ code: thrown.code, ...thrown.parts }).what,
			};
		}
	}
}

function adapterFacts({ adapterInfo, info, device }: Gpu): DeviceMeasurement["adapter"] {
	return {
		vendor: adapterInfo.vendor,
		architecture: adapterInfo.architecture,
		device: adapterInfo.device,
		description: adapterInfo.description,
		software: info.software,
		features: info.features,
		limits: Object.fromEntries(REPORTED_LIMITS.map((name) => [name, device.limits[name]])),
	};
}

function variantsOf({
	deviceTuning: { table, attentionQueries, source, tuning },
}: ModelRuntime): DeviceMeasurement["variants"] {
	const products = SHAPE_KINDS.flatMap((kind): DeviceMeasurement["variants"] => {
		const variant = table[kind];
		if (variant === undefined) return [];
		const { strategy, ...sizes } = variant;
		const shown = Object.entries(sizes).map(([name, value]) => `${name} ${value}`);
		return [{ class: kind, variant: [strategy, ...shown].join(", "), source }];
	});
	if (attentionQueries !== undefined) {
		const variant = attentionQueries === 0 ? "threads" : `blocks, queries ${attentionQueries}`;
		products.push({ class: "attention", variant, source });
	}
	for (const type of ["f16", "f32"] as const) {
		const sizes = tuning.matrix?.[type] ?? null;
		if (sizes === null) continue;
		products.push({ class: `wide, ${type} operands`, variant: `matrix, ${sizes.m} × ${sizes.n} × ${sizes.k}`, source });
	}
	return products;
}
