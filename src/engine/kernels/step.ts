// Scalars that change from step to step. They are written into one small uniform before each replay, so that a compiled
// plan never changes. src/shaders/util/step.wgsl declares the same fields; a test compares the two.

export type ScalarType = "u32" | "f32";

/** Fields in the order of `struct Step`, with their types. */
export const STEP_FIELDS = {
	live_tokens: "u32",
	live_targets: "u32",
	slot_tokens: "u32",
	slot_targets: "u32",
	step: "u32",
	micro_step: "u32",
	seed: "u32",
	loss_scale: "f32",
	learning_rate: "f32",
	bias_correction1: "f32",
	bias_correction2: "f32",
	adapter_strength: "f32",
	temperature: "f32",
	top_p: "f32",
	top_k: "u32",
} as const satisfies Record<string, ScalarType>;

export type StepScalars = { [K in keyof typeof STEP_FIELDS]: number };

/** Neutral values: all scalars 0, strength 1. Callers override what they need. */
export const NEUTRAL_STEP: StepScalars = {
	live_tokens: 0,
	live_targets: 0,
	slot_tokens: 0,
	slot_targets: 0,
	step: 1,
	micro_step: 0,
	seed: 0,
	loss_scale: 1,
	learning_rate: 0,
	bias_correction1: 1,
	bias_correction2: 1,
	adapter_strength: 1,
	temperature: 0,
	top_p: 1,
	top_k: 0,
};

/** Which scalar bounds the rows of a tensor; "slot": the tokens of one slot of a race. */
const LIVE_SCALARS = { tokens: "live_tokens", targets: "live_targets", slot: "slot_tokens" } as const;
export type LiveAxis = keyof typeof LIVE_SCALARS;

/** The live rows of a tensor, whose row 0 is row `offset` of the bounded axis. */
export interface LiveBound {
	readonly axis: LiveAxis;
	readonly offset: number;
}

const LIVE_CODES: Readonly<Record<LiveAxis, number>> = { tokens: 1, targets: 2, slot: 3 };

/** Values of the `bound` parameter of `live_rows` in WGSL. */
export function liveCode(live: LiveBound | undefined): number {
	return live === undefined ? 0 : LIVE_CODES[live.axis];
}

/** The same as `live_rows` in WGSL. */
export function liveRows(rows: number, live: LiveBound | undefined, step: StepScalars): number {
	if (live === undefined) return rows;
	return Math.max(0, Math.min(rows, step[LIVE_SCALARS[live.axis]] - live.offset));
}

/** Packs scalars in the order of `fields` into uniform bytes, padded to 16. */
export function packScalars(
	fields: Readonly<Record<string, ScalarType>>,
	values: Readonly<Record<string, number>>,
): Uint8Array<ArrayBuffer> {
	const names = Object.keys(fields);
	const view = new DataView(new ArrayBuffer(Math.max(16, Math.ceil((names.length * 4) / 16) * 16)));
	names.forEach((name, i) => {
		const value = values[name];
		if (value === undefined) throw new Error(`scalar ${name} has no value`);
		if (fields[name] === "u32") {
			if (!Number.isInteger(value) || value < 0 || value > 0xffffffff)
				throw new Error(`scalar ${name} is not a u32: ${value}`);
			view.setUint32(i * 4, value, true);
		} else view.setFloat32(i * 4, value, true);
	});
	return new Uint8Array(view.buffer);
}
