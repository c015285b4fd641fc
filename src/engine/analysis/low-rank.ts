// Converts an adapter's updates to factors and back. The only file of this folder that knows the layout of the flat
// parameters; spectra, truncation, overlap and blending use `LowRank`.

import { TabTuneError } from "../../shared/errors.ts";
import { analysisMessage } from "../../shared/messages/index.ts";
import type { MessageText } from "../../shared/messages/message.ts";
import type { Adapter, AdapterSettings } from "../adapters/adapter.ts";
import { adapterLayout } from "../adapters/layout.ts";
import { fileValues, setFileValues, valuesOf } from "../adapters/trainable.ts";
import type { LinearModule, ModelFamily } from "../models/family.ts";
import type { ModelConfig } from "../models/model-config.ts";
import { suffixes, targetedModules } from "../peft/targets.ts";

/** The update s · B · A of one linear module, kept as factors. */
export interface LowRank {
	readonly path: string; // "model.layers.0.self_attn.q_proj"
	readonly in: number;
	readonly out: number;
	readonly r: number;
	readonly scaling: number; // s
	readonly A: Float32Array; // [r, in]
	readonly B: Float32Array; // [out, r]
}

/** The part of a model that this folder needs; a `LoadedModel` satisfies it. */
export interface LinearModel {
	readonly family: ModelFamily;
	readonly config: ModelConfig;
}

/**
 * The updates of an adapter by module, in model order. A and B are views of its parameters.
 * @throws TabTuneError "adapter" for an adapter with anything but LoRA, and for NaN or infinity, naming the module.
 */
export function lowRanks(adapter: Adapter, name: MessageText): LowRank[] {
	const { modules, table, tensors, settings } = adapter.layout;
	if (
		settings.use_dora ||
		adapter.config?.use_dora === true ||
		tensors.length !== 2 * (modules.length + (table === null ? 0 : 1))
	) {
		throw new TabTuneError("adapter", {
			what: analysisMessage("notLoraAlone"),
			where: name,
			next: analysisMessage("notLoraAlone.next"),
		});
	}
	return everyUpdate(adapter, name);
}

/**
 * The updates that truncation may change: LoRA, DoRA, and LoRA on the embedding and the head. DoRA keeps its magnitudes; only
 * the update of the direction is truncated, and W + s · B · A is still divided by its norm.
 * @throws TabTuneError "adapter" for an adapter that trains anything else, and as `everyUpdate`
 */
export function truncatableUpdates(adapter: Adapter, name: MessageText): LowRank[] {
	const { modules, table, tensors, settings } = adapter.layout;
	const known = modules.length * (settings.use_dora ? 3 : 2) + (table === null ? 0 : 2);
	if (tensors.length !== known) {
		throw new TabTuneError("adapter", {
			what: analysisMessage("notLowRankAlone"),
			where: name,
			next: analysisMessage("notLowRankAlone.next"),
		});
	}
	return everyUpdate(adapter, name);
}

/**
 * Every s · B · A of an adapter, whatever else it trains. For DoRA this is the part without the magnitudes; LoRA on the
 * embedding is given as the matrix [width, rows] of its columns.
 * @throws TabTuneError "adapter" for an adapter without LoRA, and for NaN or infinity, naming the module.
 */
export function everyUpdate({ layout, params }: Adapter, name: MessageText): LowRank[] {
	const finite = (found: LowRank): LowRank => {
		if (!found.A.every(Number.isFinite) || !found.B.every(Number.isFinite) || !Number.isFinite(found.scaling)) {
			throw new TabTuneError("adapter", {
				what: analysisMessage("notFinite", { path: found.path }),
				where: name,
				next: analysisMessage("notFinite.next"),
			});
		}
		return found;
	};
	const { table, modules } = layout;
	const found = modules.map(({ module, r, scaling, A, B }) => {
		const factors = { A: valuesOf(params, A), B: valuesOf(params, B) };
		return finite({ path: module.path, in: module.in, out: module.out, r, scaling, ...factors });
	});
	if (table !== null) {
		const { module, r, scaling, A, B } = table;
		const factors = { A: fileValues(params, A), B: valuesOf(params, B) };
		found.unshift(finite({ path: module.path, in: module.rows, out: module.width, r, scaling, ...factors }));
	}
	if (found.length === 0)
		throw new TabTuneError("adapter", {
			what: analysisMessage("noLowRank"),
			where: name,
			next: analysisMessage("noLowRank.next"),
		});
	return found;
}

/**
 * An adapter of given factors over a model, in the form PEFT loads: the most frequent rank and alpha become `r` and
 * `lora_alpha`, the others go into `rank_pattern` and `alpha_pattern` by full path, and `target_modules` lists exactly the
 * modules of `factors`. lora_alpha / r (with rsLoRA: lora_alpha / sqrt(r)) is each factor's own scaling.
 * @param like the adapter whose configuration supplies all other values.
 * @throws TabTuneError "adapter" for a rank over a module's smaller side.
 */
export function adapterFromFactors(
	model: LinearModel,
	factors: readonly LowRank[],
	like: Adapter,
	use_rslora: boolean,
): Adapter {
	const alphas = new Map(factors.map(({ path, r, scaling }) => [path, scaling * (use_rslora ? Math.sqrt(r) : r)]));
	const r = mostFrequent(factors.map((factor) => factor.r));
	const lora_alpha = mostFrequent([...alphas.values()]);
	const settings: AdapterSettings = {
		...like.layout.settings,
		r,
		lora_alpha,
		use_rslora,
		rank_pattern: Object.fromEntries(factors.filter((factor) => factor.r !== r).map(({ path, r: own }) => [path, own])),
		alpha_pattern: Object.fromEntries([...alphas].filter(([, alpha]) => alpha !== lora_alpha)),
		target_modules: targetsOf(
			everyModule(model),
			factors.map(({ path }) => path),
		),
		exclude_modules: null,
		layers_to_transform: null,
		layers_pattern: null,
		target_parameters: null,
		ensure_weight_tying: false,
	};
	const exact = { exclude_modules: null, layers_pattern: null, target_parameters: null, ensure_weight_tying: false };
	const config = like.config === null ? null : { ...like.config, ...exact };
	const layout = adapterLayout(model, settings);
	return { layout, params: paramsOfFactors({ layout }, factors, like), config, stored: null };
}

/**
 * Factors of the same or a lower rank as flat parameters in an adapter's layout, padded with zeros.
 * @param like the adapter whose DoRA magnitudes are used.
 */
export function paramsOfFactors(
	{ layout }: Pick<Adapter, "layout">,
	factors: readonly LowRank[],
	like: Adapter,
): Float32Array {
	const params = new Float32Array(layout.size);
	const byPath = new Map(factors.map((factor) => [factor.path, factor]));
	const setB = (wide: Float32Array, r: number, factor: LowRank) => {
		for (let row = 0; row < factor.out; row++) {
			wide.set(factor.B.subarray(row * factor.r, (row + 1) * factor.r), row * r);
		}
	};
	const magnitudes = new Map(like.layout.modules.map(({ module, magnitude }) => [module.path, magnitude]));
	for (const { module, r, A, B, magnitude } of layout.modules) {
		const kept = magnitudes.get(module.path);
		if (magnitude !== null && kept) valuesOf(params, magnitude).set(valuesOf(like.params, kept));
		const factor = byPath.get(module.path);
		if (factor === undefined) continue;
		valuesOf(params, A).set(factor.A);
		setB(valuesOf(params, B), r, factor);
	}
	const { table } = layout;
	const factor = table === null ? undefined : byPath.get(table.module.path);
	if (table !== null && factor !== undefined) {
		const A = new Float32Array(table.r * table.module.rows);
		A.set(factor.A);
		setFileValues(params, table.A, A);
		setB(valuesOf(params, table.B), table.r, factor);
	}
	return params;
}

/** All modules that LoRA may change: the embedding as the matrix of its columns, the linears of the layers, the head. */
export function everyModule({ family, config }: LinearModel): LinearModule[] {
	const { path, rows, width } = family.embedding(config);
	return [{ path, in: rows, out: width, bias: false }, ...family.linearModules(config), family.head(config)];
}

/**
 * The rank that blending uses for an adapter: the highest in its configuration, as in
 * `_check_add_weighted_adapter` in peft/tuners/lora/model.py.
 */
export function highestRank({ layout: { settings } }: Adapter): number {
	return Math.max(settings.r, ...Object.values(settings.rank_pattern));
}

/** The shortest list that matches exactly these modules: suffixes where unambiguous, else full paths. */
function targetsOf(all: readonly LinearModule[], paths: readonly string[]): string[] {
	const selected = new Set(paths);
	const names = suffixes(all.filter(({ path }) => selected.has(path)));
	return targetedModules(all, { target_modules: names }).length === selected.size ? names : [...paths];
}

/** The most frequent value; in a tie, the first one. */
function mostFrequent(values: readonly number[]): number {
	const counts = new Map<number, number>();
	for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
	return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
}
