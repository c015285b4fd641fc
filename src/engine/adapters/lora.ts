// LoRA (arXiv 2106.09685): which modules, at which rank and scaling, and how a linear layer is written with them. The
// shortest part of an adapter: copy it to add another method.
import { TabTuneError } from "../errors.ts";
import { dropout, matmul } from "../graph/ops/index.ts";
import type { ApplyLinear, ForwardHooks, LinearModule } from "../models/family.ts";
import { linearInputs } from "../models/linear.ts";
import { kaimingUniform, normal, Purpose } from "../random.ts";
import { type AdapterPart, type AdapterSettings, type PartScope, takesPart } from "./part.ts";
import { patternValue, targetedModules } from "./targets.ts";
import { declareTrainable, type Placement, type TrainableTensor, valuesOf } from "./trainable.ts";

export interface LoraModule {
	readonly module: LinearModule;
	readonly r: number;
	readonly scaling: number; // lora_alpha / r, or lora_alpha / sqrt(r)
	readonly A: TrainableTensor; // [r, in]
	readonly B: TrainableTensor; // [out, r]
}

/** LoRA's part of an adapter. */
export function loraPart({ family, config, settings, placement }: PartScope): AdapterPart | null {
	if (!takesPart(settings, "lora")) return null;
	const modules = loraModules(family.linearModules(config), settings, placement);
	return {
		tensors: modules.flatMap(({ A, B }) => [A, B]),
		modules,
		wrap: (hooks, training) => ({ ...hooks, linear: loraLinear(modules, settings, hooks, training) }),
		init: (flat, { seed }) => initLora(modules, settings, flat, seed),
	};
}

/**
 * Lays LoRA matrices over the targeted modules, in PEFT's order.
 * @throws TabTuneError "adapter" for a rank under 1 or over the module's smaller side, or when nothing matches.
 */
export function loraModules(
	all: readonly LinearModule[],
	settings: AdapterSettings,
	placement: Placement,
): LoraModule[] {
	return targetedModules(all, settings).map((module): LoraModule => {
		const r = patternValue(settings.rank_pattern, module.path, settings.r);
		const alpha = patternValue(settings.alpha_pattern, module.path, settings.lora_alpha);
		const most = Math.min(module.in, module.out);
		if (!Number.isInteger(r) || r < 1 || r > most) {
			throw new TabTuneError("adapter", {
				what: `rank ${r} does not fit ${module.path}, a [${module.out}, ${module.in}] matrix`,
				where: r === settings.r ? "r" : "rank_pattern",
				next: `choose a whole number from 1 to ${most}`,
			});
		}
		return {
			module,
			r,
			scaling: settings.use_rslora ? alpha / Math.sqrt(r) : alpha / r,
			A: placement.place(`${module.path}.lora_A.weight`, [r, module.in]),
			B: placement.place(`${module.path}.lora_B.weight`, [module.out, r], settings.loraplus_lr_ratio),
		};
	});
}

/**
 * Linear layers with LoRA: u = s · dropout(x) · Aᵀ, then y = x · Wᵀ + u · Bᵀ in one product, whose loop runs over W's
 * columns and then over r more.
 */
function loraLinear(
	modules: readonly LoraModule[],
	{ lora_dropout: p }: AdapterSettings,
	{ linear, weight }: ForwardHooks,
	training: boolean,
): ApplyLinear {
	const byPath = new Map(modules.map((entry, index) => [entry.module.path, { entry, index }]));
	return (builder, module, x) => {
		const found = byPath.get(module.path);
		if (found === undefined) return linear(builder, module, x);
		const { entry, index } = found;
		const A = declareTrainable(builder, entry.A);
		const B = declareTrainable(builder, entry.B);
		const dropped = training && p > 0 ? dropout(builder, `${module.path}.lora_dropout`, [x], { p, salt: index })[0] : x;
		const u = matmul(builder, `${module.path}.lora_A`, [dropped, A], {
			segments: [{ transposeA: false, transposeB: true, scale: entry.scaling, adapter: true }],
			accumulate: false,
			bias: false,
		})[0]; // [T, r]
		const { W, bias } = linearInputs(builder, module, weight);
		return matmul(builder, module.path, [x, W, u, B, ...bias], {
			segments: [
				{ transposeA: false, transposeB: true, scale: 1, adapter: false },
				{ transposeA: false, transposeB: true, scale: 1, adapter: false },
			],
			accumulate: false,
			bias: module.bias,
		})[0]; // [T, out]
	};
}

/**
 * Fresh matrices: A Kaiming-uniform (a = sqrt 5), B zero, as `reset_lora_parameters` in peft/tuners/lora/layer.py;
 * "gaussian": A normal with deviation 1 / r; false: both Kaiming-uniform.
 */
export function initLora(
	modules: readonly LoraModule[],
	{ init_lora_weights: init }: AdapterSettings,
	flat: Float32Array,
	seed: number,
): void {
	if (init !== true && init !== false && init !== "gaussian") {
		throw new TabTuneError("not-yet", {
			what: `init_lora_weights ${JSON.stringify(init)} is not supported`,
			where: "init_lora_weights",
			next: 'use true, false or "gaussian"',
		});
	}
	modules.forEach(({ A, B, r, module }, index) => {
		const salt = 2 * index;
		valuesOf(flat, A).set(
			init === "gaussian"
				? normal(r * module.in, 1 / r, seed, Purpose.init, salt)
				: kaimingUniform(r * module.in, module.in, seed, Purpose.init, salt),
		);
		valuesOf(flat, B).set(
			init === false
				? kaimingUniform(module.out * r, r, seed, Purpose.init, salt + 1)
				: new Float32Array(module.out * r),
		);
	});
}
