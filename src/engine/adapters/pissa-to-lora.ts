// Converts a PiSSA adapter to plain LoRA, so that it loads on the unmodified base.
import type { LoadedModel } from "../models/load.ts";
import type { Adapter, AdapterSettings } from "./adapter.ts";
import { adapterLayout } from "./layout.ts";
import { valuesOf } from "./trainable.ts";

/** The settings of the plain LoRA, with the scaling of each module unchanged. PEFT refuses rsLoRA with patterns here. */
function plainSettings(settings: AdapterSettings): AdapterSettings {
	const ofAlpha = settings.use_rslora ? Math.SQRT2 : 2;
	const times = (pattern: Readonly<Record<string, number>>, factor: number) =>
		Object.fromEntries(Object.entries(pattern).map(([key, value]) => [key, value * factor]));
	return {
		...settings,
		r: 2 * settings.r,
		lora_alpha: ofAlpha * settings.lora_alpha,
		rank_pattern: times(settings.rank_pattern, 2),
		alpha_pattern: times(settings.alpha_pattern, ofAlpha),
		init_lora_weights: true,
		any_rank: true,
	};
}

/**
 * Converts a PiSSA adapter to plain LoRA of twice the rank, [A; A0] and [B, −B0], as `subtract_mutated_init` in
 * peft/tuners/lora/model.py does; other adapters are returned unchanged.
 */
export function pissaToLora(model: Pick<LoadedModel, "family" | "config">, adapter: Adapter): Adapter {
	const { layout, params, frozen } = adapter;
	if (layout.modules.every(({ start }) => start === null)) return adapter;
	const plain = adapterLayout(model, plainSettings(layout.settings));
	const out = new Float32Array(plain.size);
	layout.modules.forEach(({ A, B, r, start }, m) => {
		if (start === null || frozen === undefined) throw new Error(`${A.name} has lost its start`);
		const to = plain.modules[m];
		const into = valuesOf(out, to.A);
		into.set(valuesOf(params, A));
		into.set(valuesOf(frozen, start.A), A.shape[0] * A.shape[1]);
		const [b, b0, joined] = [valuesOf(params, B), valuesOf(frozen, start.B), valuesOf(out, to.B)];
		for (let row = 0; row < B.shape[0]; row++)
			for (let k = 0; k < r; k++) {
				joined[row * 2 * r + k] = b[row * r + k];
				joined[row * 2 * r + r + k] = -b0[row * r + k];
			}
	});
	const { facts } = adapter;
	return { layout: plain, params: out, config: null, stored: null, ...(facts === undefined ? {} : { facts }) };
}
