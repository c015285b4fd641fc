// LoRA (arXiv 2106.09685): which modules, at which rank and scaling, where their matrices lie in the flat parameter
// buffer, and how a linear layer is written with them. Another adapter is another `ApplyLinear` over its own layout.
import { TabTuneError } from "../errors.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import { elements, type TensorSpec } from "../graph/ir.ts";
import { dropout, matmul } from "../graph/ops/index.ts";
import type { ApplyLinear, LinearModule } from "../models/family.ts";
import { linearInputs } from "../models/linear.ts";
import { kaimingUniform, normal, Purpose } from "../random.ts";
import { patternValue, type TargetRules, targetedModules } from "./targets.ts";

/** The part of peft.LoraConfig that changes what is computed. */
export interface LoraSettings extends TargetRules {
	readonly r: number;
	readonly lora_alpha: number;
	readonly lora_dropout: number;
	readonly use_rslora: boolean;
	readonly rank_pattern: Readonly<Record<string, number>>;
	readonly alpha_pattern: Readonly<Record<string, number>>;
	readonly init_lora_weights: boolean | string;
}

/** A trainable tensor's place in the flat buffer. */
export interface TrainableTensor {
	/** PEFT's name without the `base_model.model.` in front. */
	readonly name: string;
	readonly shape: readonly number[];
	readonly offset: number; // elements
}

export interface LoraModule {
	readonly module: LinearModule;
	readonly r: number;
	readonly scaling: number; // lora_alpha / r, or lora_alpha / sqrt(r)
	readonly A: TrainableTensor; // [r, in]
	readonly B: TrainableTensor; // [out, r]
}

export interface LoraLayout {
	readonly settings: LoraSettings;
	readonly modules: readonly LoraModule[];
	/** Elements of the flat buffers, gaps included. */
	readonly size: number;
	/** Numbers that are trained. */
	readonly parameters: number;
}

/** Tensors start at multiples of this many elements: bindings start at multiples of 256 bytes. */
const ALIGNMENT = 64;

/**
 * Lays LoRA matrices over the targeted modules.
 * @throws TabTuneError "adapter" for a rank under 1 or over the module's smaller side, or when nothing matches.
 */
export function loraLayout(all: readonly LinearModule[], settings: LoraSettings): LoraLayout {
	let size = 0;
	let parameters = 0;
	const place = (name: string, shape: readonly number[]): TrainableTensor => {
		const offset = size;
		parameters += elements(shape);
		size += Math.ceil(elements(shape) / ALIGNMENT) * ALIGNMENT;
		return { name, shape, offset };
	};
	const modules = targetedModules(all, settings).map((module): LoraModule => {
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
			A: place(`${module.path}.lora_A.weight`, [r, module.in]),
			B: place(`${module.path}.lora_B.weight`, [module.out, r]),
		};
	});
	return { settings, modules, size, parameters };
}

/** The trainable tensors, in PEFT's order. */
export function loraTensors({ modules }: LoraLayout): TrainableTensor[] {
	return modules.flatMap(({ A, B }) => [A, B]);
}

/** Declares a trainable tensor as its window of the flat parameters. */
export function declareTrainable(builder: GraphBuilder, tensor: TrainableTensor): TensorSpec {
	return builder.declare("state", tensor.name, tensor.shape, "f32", {
		view: { buffer: "params", offset: tensor.offset },
	});
}

/** Declares the gradient of a trainable tensor: the same window of the flat gradients. */
export function declareGradient(builder: GraphBuilder, trainable: TensorSpec): TensorSpec {
	if (trainable.view === undefined) throw new Error(`${trainable.name} does not lie in the flat parameters`);
	return builder.declare("state", `grad ${trainable.name}`, trainable.shape, "f32", {
		view: { buffer: "grads", offset: trainable.view.offset },
	});
}

/**
 * Linear layers with LoRA: u = s · dropout(x) · Aᵀ, then y = x · Wᵀ + u · Bᵀ in one product, whose loop runs over W's
 * columns and then over r more.
 * @param training whether dropout is on.
 */
export function loraLinear(
	layout: LoraLayout,
	frozen: ApplyLinear,
	weight: (name: string) => TensorSpec,
	training: boolean,
): ApplyLinear {
	const byPath = new Map(layout.modules.map((entry, index) => [entry.module.path, { entry, index }]));
	return (builder, module, x) => {
		const found = byPath.get(module.path);
		if (found === undefined) return frozen(builder, module, x);
		const { entry, index } = found;
		const A = declareTrainable(builder, entry.A);
		const B = declareTrainable(builder, entry.B);
		const p = layout.settings.lora_dropout;
		const dropped = training && p > 0 ? dropout(builder, `${module.path}.lora_dropout`, [x], { p, salt: index })[0] : x;
		const u = matmul(builder, `${module.path}.lora_A`, [dropped, A], {
			segments: [{ transposeA: false, transposeB: true, scale: entry.scaling, adapter: true }],
			accumulate: false,
			bias: false,
		})[0]; // [T, r]
		const { W, bias } = linearInputs(module, weight);
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
 * Fresh parameters, flat: A Kaiming-uniform (a = sqrt 5), B zero, as `reset_lora_parameters` in peft/tuners/lora/layer.py;
 * "gaussian": A normal with deviation 1 / r; false: both Kaiming-uniform.
 */
export function initLora(layout: LoraLayout, seed: number): Float32Array {
	const init = layout.settings.init_lora_weights;
	const flat = new Float32Array(layout.size);
	if (init !== true && init !== false && init !== "gaussian") {
		throw new TabTuneError("not-yet", {
			what: `init_lora_weights ${JSON.stringify(init)} is not supported`,
			where: "init_lora_weights",
			next: 'use true, false or "gaussian"',
		});
	}
	layout.modules.forEach(({ A, B, r, module }, index) => {
		const purposeA = 2 * index;
		flat.set(
			init === "gaussian"
				? normal(r * module.in, 1 / r, seed, Purpose.init, purposeA)
				: kaimingUniform(r * module.in, module.in, seed, Purpose.init, purposeA),
			A.offset,
		);
		if (init === false) flat.set(kaimingUniform(module.out * r, r, seed, Purpose.init, purposeA + 1), B.offset);
	});
	return flat;
}
