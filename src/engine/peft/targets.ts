// Selects the modules that an adapter targets, by PEFT's rules: `check_target_module_exists`, `get_pattern_key` and
// `_maybe_include_all_linear_layers` in peft/tuners/tuners_utils.py and peft/utils/other.py (0.21).

import { TabTuneError } from "../../shared/errors.ts";
import { peftMessage } from "../../shared/messages/index.ts";
import type { LinearModule, ModelFamily } from "../models/family.ts";
import type { ModelConfig } from "../models/model-config.ts";
import { fullMatch, matchStart } from "./python-regexp.ts";

export interface TargetRules {
	/** A list of names or suffixes, one regular expression for the whole path, or "all-linear". */
	readonly target_modules: string | readonly string[];
	readonly exclude_modules?: string | readonly string[] | null;
	readonly layers_to_transform?: readonly number[] | number | null;
	readonly layers_pattern?: string | readonly string[] | null;
	/** Weights with LoRA in addition, by their names or ends of them. */
	readonly target_parameters?: readonly string[] | null;
	/** Whether LoRA on a tied embedding or head is on both, unless modules_to_save names one of them. */
	readonly ensure_weight_tying?: boolean;
	readonly modules_to_save?: readonly string[] | null;
}

/**
 * The modules that match the rules, in model order.
 * @throws TabTuneError "adapter" when none matches; the message lists the modules.
 */
export function targetedModules(modules: readonly LinearModule[], rules: TargetRules): LinearModule[] {
	const { target_modules: target } = rules;
	if (
		typeof target === "string" &&
		target.toLowerCase() !== "all-linear" &&
		(rules.layers_to_transform ?? null) !== null
	) {
		throw new TabTuneError("usage", {
			what: peftMessage("layersWithPattern"),
			where: "layers_to_transform",
			next: peftMessage("layersWithPattern.next"),
		});
	}
	const isTargeted = matcher(rules);
	const found = modules.filter(({ path }) => isTargeted(path));
	if (found.length === 0) {
		throw new TabTuneError("adapter", {
			what: peftMessage("noMatch", { target: JSON.stringify(target) }),
			where: "target_modules",
			next: peftMessage("noMatch.next", { names: suffixes(modules).join(", ") }),
		});
	}
	return found;
}

/** A test for the paths that the rules match. */
function matcher(rules: TargetRules): (path: string) => boolean {
	const { target_modules: target, exclude_modules = null } = rules;
	const included =
		typeof target !== "string"
			? (path: string) => matchesSuffix(path, target) && inLayers(path, rules)
			: target.toLowerCase() === "all-linear"
				? (path: string) => inLayers(path, rules)
				: (path: string) => fullMatch(target, "target_modules").test(path);
	return (path) => !excluded(path, exclude_modules) && included(path);
}

/**
 * The modules of a whole model that match the rules, in the order of `named_modules()`: the embedding, as a matrix of its
 * columns, the linear layers, the head. "all-linear" means only those of the layers (`_maybe_include_all_linear_layers`).
 * @throws as targetedModules, parameterTargets and refuseOtherModules
 */
export function targetedLinears(family: ModelFamily, config: ModelConfig, rules: TargetRules): LinearModule[] {
	const linears = family.linearModules(config);
	const { target_modules: target, target_parameters, ...others } = rules;
	const { path, rows, width } = family.embedding(config);
	const head = family.head(config);
	const all = [{ path, in: rows, out: width, bias: false }, ...linears, head];
	const parameters = parameterTargets(family, config, target_parameters ?? []);
	const chosen = new Set(parameters);
	if (parameters.length === 0 || target.length > 0) {
		const allLinear = typeof target === "string" && target.toLowerCase() === "all-linear";
		if (!allLinear) refuseOtherModules(family, config, rules, new Set(all.map((module) => module.path)));
		for (const module of targetedModules(allLinear ? linears : all, { ...others, target_modules: target })) {
			if (chosen.has(module.path))
				throw new TabTuneError("adapter", {
					what: peftMessage("parameterAndModule", { path: module.path }),
					where: "target_parameters",
					next: peftMessage("parameterAndModule.next"),
				});
			chosen.add(module.path);
		}
	}
	if (tiesTargets(family, config, rules)) for (const end of [path, head.path]) chosen.add(end);
	return all.filter((module) => chosen.has(module.path));
}

/**
 * Modules that LoRA cannot be on are an error, as in PEFT (`_create_new_module` of tuners/lora/model.py): norms, and modules of
 * modules.
 * @param adaptable the paths of the modules that LoRA can be on
 * @throws TabTuneError "adapter" for a module that matches, "not-yet" for the embedding of positions
 */
function refuseOtherModules(
	family: ModelFamily,
	config: ModelConfig,
	rules: TargetRules,
	adaptable: ReadonlySet<string>,
): void {
	const isTargeted = matcher(rules);
	const checked = new Set(adaptable);
	for (const { name, shape } of family.weights(config)) {
		const parts = name.split(".").slice(0, -1);
		for (let count = parts.length; count > 0; count--) {
			const path = parts.slice(0, count).join(".");
			if (checked.has(path)) continue;
			checked.add(path);
			if (isTargeted(path)) throw cannotAdapt(path, count === parts.length && shape.length === 2);
		}
	}
}

/** @param table whether it is an embedding, which PEFT can adapt */
export function cannotAdapt(path: string, table: boolean): TabTuneError {
	return new TabTuneError(table ? "not-yet" : "adapter", {
		what: peftMessage(table ? "positionTarget" : "otherTarget", { path }),
		where: "target_modules",
		next: peftMessage("otherTarget.next"),
	});
}

/**
 * The paths of the linear modules whose weights target_parameters names (`_inject_parameters` of tuners_utils.py).
 * @throws TabTuneError "adapter" for a vector, "not-yet" for the embedding and for weights stored as [in, out]
 */
export function parameterTargets(family: ModelFamily, config: ModelConfig, names: readonly string[]): string[] {
	if (names.length === 0) return [];
	const head = family.head(config);
	const linears = new Set([...family.linearModules(config), head].map(({ path }) => path));
	const weights = new Map(family.weights(config).map(({ name, shape }) => [name, shape]));
	weights.set(`${head.path}.weight`, [head.out, head.in]);
	return [...weights].flatMap(([name, shape]) => {
		if (!names.some((target) => name === target || name.endsWith(`.${target}`))) return [];
		const path = name.slice(0, name.lastIndexOf("."));
		if (shape.length === 2 && linears.has(path) && family.transposed?.(name) !== true) return [path];
		throw new TabTuneError(shape.length === 1 ? "adapter" : "not-yet", {
			what: peftMessage(shape.length === 1 ? "parameterVector" : "parameterKind", { name }),
			where: "target_parameters",
			next: peftMessage("parameter.next"),
		});
	});
}

/** `EMBEDDING_LAYER_NAMES`: the last parts of module names that PEFT treats as tied matrices. */
const TIED_NAMES = ["embed_tokens", "lm_head"];

type TieRules = Pick<TargetRules, "ensure_weight_tying" | "modules_to_save">;

/** Whether ensure_weight_tying makes embedding and head share the copy that modules_to_save trains (`_check_tied_modules`). */
export function tiesSaved(family: ModelFamily, config: ModelConfig, rules: TieRules): boolean {
	const tied = rules.ensure_weight_tying === true && family.head(config).weight !== undefined;
	return tied && namesTiedMatrix(rules.modules_to_save ?? []);
}

/** Whether it makes them share their LoRA matrices. */
export function tiesTargets(family: ModelFamily, config: ModelConfig, rules: TargetRules): boolean {
	const tied = rules.ensure_weight_tying === true && family.head(config).weight !== undefined;
	return tied && !namesTiedMatrix(rules.modules_to_save ?? []) && namesTiedMatrix(rules.target_modules);
}

/** Whether the names include a tied matrix. A regular expression is matched against the bare names, as in PEFT. */
function namesTiedMatrix(names: string | readonly string[]): boolean {
	if (typeof names !== "string")
		return names.some((name) => TIED_NAMES.includes(name.slice(name.lastIndexOf(".") + 1)));
	const pattern = fullMatch(names, "target_modules");
	return TIED_NAMES.some((name) => pattern.test(name));
}

/** The distinct last parts of the paths, in model order: "q_proj" … "down_proj". */
export function suffixes(modules: readonly LinearModule[]): string[] {
	return [...new Set(modules.map(({ path }) => path.slice(path.lastIndexOf(".") + 1)))];
}

/** A module's value in rank_pattern or alpha_pattern: the first key whose regex matches the end of its path, or the default. */
export function patternValue(pattern: Readonly<Record<string, number>>, path: string, fallback: number): number {
	refuseManyKeys(Object.keys(pattern).length);
	for (const [key, value] of Object.entries(pattern)) {
		if (matchesKey(key, "rank_pattern / alpha_pattern", path)) return value;
	}
	return fallback;
}

/** More keys than any model has modules; each is matched against every module. */
const MOST_KEYS = 1024;

function refuseManyKeys(count: number): void {
	if (count <= MOST_KEYS) return;
	throw new TabTuneError("usage", {
		what: peftMessage("manyKeys", { count, most: MOST_KEYS }),
		where: "rank_pattern / alpha_pattern",
		next: peftMessage("manyKeys.next"),
	});
}

/** Whether a key of rank_pattern or alpha_pattern matches the end of a path (`get_pattern_key` of peft/utils/other.py). */
export function matchesKey(key: string, setting: string, path: string): boolean {
	if (/^[\w.-]+$/.test(key)) return endsWithName(path, key);
	return matchStart(`(.*\\.)?(${key})$`, setting).test(path);
}

/** Whether a path is a name, or ends with a dot and the name. A dot of the name stands for any character, as in an expression. */
function endsWithName(path: string, name: string): boolean {
	const start = path.length - name.length;
	if (start < 0 || (start > 0 && path[start - 1] !== ".")) return false;
	for (let i = 0; i < name.length; i++) if (name[i] !== "." && name[i] !== path[start + i]) return false;
	return true;
}

function matchesSuffix(path: string, names: readonly string[]): boolean {
	return names.some((name) => path === name || path.endsWith(`.${name}`));
}

function excluded(path: string, rule: string | readonly string[] | null): boolean {
	if (rule === null || rule.length === 0) return false;
	return typeof rule === "string" ? fullMatch(rule, "exclude_modules").test(path) : matchesSuffix(path, rule);
}

function inLayers(path: string, { layers_to_transform: layers, layers_pattern }: TargetRules): boolean {
	if (layers === null || layers === undefined || (typeof layers !== "number" && layers.length === 0)) return true;
	const patterns =
		layers_pattern === null || layers_pattern === undefined
			? []
			: typeof layers_pattern === "string"
				? [layers_pattern]
				: layers_pattern;
	const match =
		patterns.length === 0
			? /^.*?\.[^.]*\.(?<index>\d+)\./.exec(path)
			: (patterns
					.map((pattern) => matchStart(`(?:^|.*?\\.)${pattern}\\.(\\d+)\\.`, "layers_pattern").exec(path))
					.find((m) => m !== null) ?? null);
	if (match === null) return false;
	const index = Number(Object.values(match.groups ?? {}).at(-1) ?? Number.NaN); // the last group
	return typeof layers === "number" ? layers === index : layers.includes(index);
}
