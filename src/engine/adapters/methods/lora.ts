// LoRA (arXiv 2106.09685): selects the modules, their rank and scaling, and builds the forward pass of an adapted linear layer.
// Variants are in dora.ts (magnitudes) and pissa.ts (initial values taken from the base).
import { TabTuneError } from "../../../shared/errors.ts";
import { adaptersMessage } from "../../../shared/messages/index.ts";
import { pissaNiter } from "../../../shared/setting-values.ts";
import { add, dropout, fill, linear } from "../../graph/ops/index.ts";
import type { ApplyLinear, ForwardHooks, LinearModule } from "../../models/family.ts";
import { linearInputs } from "../../models/linear.ts";
import { parameterTargets, patternValue, targetedLinears } from "../../peft/targets.ts";
import type { AdapterMethod, AdapterSettings, LoraModule, MethodScope } from "../adapter.ts";
import { declareFrozen, declareTrainable, Placement } from "../trainable.ts";
import { doraLinear } from "./dora.ts";
import { initLora } from "./lora-init.ts";

/** LoRA on linear modules. */
export function lora({ family, config, settings, methods, placement, frozen }: MethodScope): AdapterMethod | null {
	if (!methods.includes("lora")) return null;
	// LoRA on the embedding is another method (lora-embedding.ts).
	const table = family.embedding(config).path;
	const targeted = targetedLinears(family, config, settings).filter(({ path }) => path !== table);
	const parameters = checkedParameters({ family, config, settings });
	const patternName = (path: string) => (parameters?.has(path) === true ? `${path}.weight` : path);
	const modules = loraModules(targeted, settings, placement, frozen, patternName);
	return {
		tensors: modules.flatMap(({ A, B, bias, magnitude }) => [A, B, bias, magnitude].filter((part) => part !== null)),
		modules,
		...(parameters?.size === 0 ? { warnings: [adaptersMessage("noParameter")] } : {}),
		wrap: (hooks, training) => ({ ...hooks, linear: loraLinear(modules, settings, hooks, training) }),
		init: (values, scope) => initLora(modules, settings, values, scope),
	};
}

/**
 * The paths of the modules that target_parameters names, null if it names none.
 * @throws TabTuneError "adapter" for settings that PEFT refuses with it (`ParamWrapper` in peft/tuners/lora/layer.py)
 */
function checkedParameters({ family, config, settings }: Pick<MethodScope, "family" | "config" | "settings">) {
	const { target_parameters, lora_dropout, use_dora, lora_bias = false } = settings;
	if (target_parameters === null || target_parameters === undefined || target_parameters.length === 0) return null;
	const other = lora_dropout !== 0 ? "lora_dropout" : use_dora ? "use_dora" : lora_bias ? "lora_bias" : null;
	if (other === null) return new Set(parameterTargets(family, config, target_parameters));
	throw new TabTuneError("adapter", {
		what: adaptersMessage("peftRefusesBoth", { first: "target_parameters", second: other }),
		where: "target_parameters",
		next: adaptersMessage("peftRefusesBoth.next"),
	});
}

/**
 * Places LoRA matrices for the targeted modules, in their order. In LoRA+ (arXiv 2402.12354) B has its own learning rate, and
 * so has a magnitude, as in `create_loraplus_optimizer` of peft/optimizers/loraplus.py; both groups decay alike.
 * @param patternName the name of a module that rank_pattern and alpha_pattern match
 * @throws TabTuneError "adapter" for a rank under 1 or over the module's smaller side.
 */
export function loraModules(
	targeted: readonly LinearModule[],
	settings: AdapterSettings,
	placement: Placement,
	frozen: Placement = new Placement(),
	patternName = (path: string): string => path,
): LoraModule[] {
	const { use_rslora, use_dora, lora_bias = false, loraplus_lr_ratio: ratio } = settings;
	if (use_dora && lora_bias)
		throw new TabTuneError("adapter", {
			what: adaptersMessage("peftRefusesBoth", { first: "lora_bias", second: "use_dora" }),
			where: "lora_bias",
			next: adaptersMessage("peftRefusesBoth.next"),
		});
	const pissa = pissaNiter(settings.init_lora_weights) !== undefined;
	if (pissa && use_dora) {
		throw new TabTuneError("adapter", {
			what: adaptersMessage("doraPissa"),
			where: "init_lora_weights",
			next: adaptersMessage("doraPissa.next"),
		});
	}
	return targeted.map((module): LoraModule => {
		const { path } = module;
		const r = patternValue(settings.rank_pattern, patternName(path), settings.r);
		const alpha = patternValue(settings.alpha_pattern, patternName(path), settings.lora_alpha);
		const most = settings.any_rank ? Number.POSITIVE_INFINITY : Math.min(module.in, module.out);
		if (!Number.isInteger(r) || r < 1 || r > most) {
			throw new TabTuneError("adapter", {
				what: adaptersMessage("rank", { r, path, out: module.out, in: module.in }),
				where: r === settings.r ? "r" : "rank_pattern",
				next: adaptersMessage("rank.next", { most }),
			});
		}
		const [shapeA, shapeB] = [
			[r, module.in],
			[module.out, r],
		];
		return {
			module,
			r,
			scaling: use_rslora ? alpha / Math.sqrt(r) : alpha / r,
			A: placement.place(`${path}.lora_A.weight`, shapeA),
			B: placement.place(`${path}.lora_B.weight`, shapeB, ratio),
			bias: lora_bias ? placement.place(`${path}.lora_B.bias`, [module.out, 1], ratio) : null,
			magnitude: use_dora ? placement.place(`${path}.lora_magnitude_vector`, [module.out], ratio) : null,
			start: pissa
				? { A: frozen.place(`${path}.lora_A.start`, shapeA), B: frozen.place(`${path}.lora_B.start`, shapeB) }
				: null,
		};
	});
}

/**
 * Linear layers with LoRA: u = s · dropout(x) · Aᵀ, then y = x · Wᵀ + u · Bᵀ in one kernel, whose loop runs over W's
 * columns and then over r more. With PiSSA a second pair subtracts the initial product: y − s · x · A0ᵀ · B0ᵀ; W is unchanged.
 */
function loraLinear(
	modules: readonly LoraModule[],
	{ lora_dropout: p }: AdapterSettings,
	hooks: ForwardHooks,
	training: boolean,
): ApplyLinear {
	const byPath = new Map(modules.map((entry, index) => [entry.module.path, { entry, index }]));
	return (builder, module, x) => {
		const found = byPath.get(module.path);
		if (found === undefined) return hooks.linear(builder, module, x);
		const { entry, index } = found;
		const { path } = module;
		const dropped = training && p > 0 ? dropout(builder, `${path}.lora_dropout`, [x], { p, salt: index }) : x;
		const scaled = { scale: entry.scaling, adapter: true };
		const A = declareTrainable(builder, entry.A);
		const u = linear(builder, `${path}.lora_A`, dropped, A, scaled); // [T, r]
		const B = declareTrainable(builder, entry.B);
		const { W, bias } = linearInputs(builder, module, hooks.weight);
		if (entry.magnitude !== null) return doraLinear(builder, entry, { x, dropped, u, A, B, W, bias });
		const y = linear(builder, path, x, W, { lowRank: { u, B }, bias }); // [T, out]
		if (entry.bias !== null) {
			const ones = fill(builder, `${path}.ones`, [], { shape: [x.shape[0], 1], value: 1, live: x.live });
			const constant = linear(builder, `${path}.lora_B.bias`, ones, declareTrainable(builder, entry.bias), scaled);
			return add(builder, `${path}.biased`, [y, constant]);
		}
		if (entry.start === null) return y;
		const A0 = declareFrozen(builder, entry.start.A);
		const B0 = declareFrozen(builder, entry.start.B);
		const u0 = linear(builder, `${path}.lora_A.start`, x, A0, scaled); // [T, r]
		const y0 = linear(builder, `${path}.lora_B.start`, u0, B0, { scale: -1 }); // [T, out]
		return add(builder, `${path}.residual`, [y, y0]);
	};
}
