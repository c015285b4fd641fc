// What disagrees in a LoRA folder, as far as it can be seen without the base. `inspect` reports it; opening the adapter on a base
// refuses most of it.

import { peftMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import { decodeToFloat32 } from "../formats/dtype.ts";
import type { PeftAdapter, PeftTensor } from "./lora-files.ts";
import { matchesKey, patternValue, targetedModules } from "./targets.ts";

/** All problems, in the order of the configuration's keys. */
export function adapterProblems({ config, tensors }: PeftAdapter): Message[] {
	const lora = tensors.filter(({ module, part }) => module !== null && part !== "lora_B.bias");
	const paths = [...new Set(lora.map(({ module }) => module ?? ""))];
	return [
		...ranks(config, lora),
		...targets(config, paths),
		...patterns(config, paths),
		...saved(config, tensors),
		...magnitudes(config, lora, paths),
		...values(tensors),
	];
}

type Config = PeftAdapter["config"];

function ranks({ r, rank_pattern }: Config, lora: readonly PeftTensor[]): Message[] {
	const other = lora.filter(
		({ module, part, shape }) => /_A$/.test(part) && shape[0] !== patternValue(rank_pattern, module ?? "", r),
	);
	if (other.length === 0) return [];
	const [{ key, module, shape }] = other;
	const expected = patternValue(rank_pattern, module ?? "", r);
	return [peftMessage("rankDiffers", { count: other.length, key, rank: shape[0], expected })];
}

function targets(config: Config, paths: readonly string[]): Message[] {
	const { target_modules: target } = config;
	if (target === null || paths.length === 0) return [];
	const problems: Message[] = [];
	const modules = paths.map((path) => ({ path, in: 0, out: 0, bias: false }));
	let targeted: readonly { readonly path: string }[] = [];
	try {
		targeted = targetedModules(modules, { ...config, target_modules: target });
	} catch {
		// No module matches; a damaged pattern is reported below.
	}
	const byParameter = (path: string) =>
		(config.target_parameters ?? []).some((name) => `.${path}.weight`.endsWith(`.${name}`));
	const byTie = (path: string) => config.ensure_weight_tying && /(^|\.)(embed_tokens|lm_head)$/.test(path);
	const left = paths.filter(
		(path) => !byParameter(path) && !byTie(path) && !targeted.some((module) => module.path === path),
	);
	if (left.length > 0)
		problems.push(peftMessage("notTargeted", { count: left.length, path: left[0], target: JSON.stringify(target) }));
	if (typeof target !== "string") {
		const unmatched = target.filter((name) => !paths.some((path) => path === name || path.endsWith(`.${name}`)));
		if (unmatched.length > 0) problems.push(peftMessage("targetsWithoutTensors", { names: unmatched.join(", ") }));
	}
	return problems;
}

/** The most keys that are named one by one. */
const MOST_SHOWN = 10;

/** The keys of rank_pattern and alpha_pattern that match no module. */
function patterns({ rank_pattern, alpha_pattern }: Config, paths: readonly string[]): Message[] {
	return Object.entries({ rank_pattern, alpha_pattern }).flatMap(([name, pattern]) => {
		const keys = Object.keys(pattern).filter((key) => !paths.some((path) => matchesKey(key, name, path)));
		const shown = keys.slice(0, MOST_SHOWN).map((key) => peftMessage("patternWithoutModules", { name, key }));
		const more = keys.length - shown.length;
		return more === 0 ? shown : [...shown, peftMessage("patternsWithoutModules", { name, more })];
	});
}

function saved({ modules_to_save, bias }: Config, tensors: readonly PeftTensor[]): Message[] {
	const others = tensors.filter(({ part, key }) => part === "other" && !key.endsWith(".base_layer.weight"));
	const moduleOf = (key: string) => key.replace(/^base_model\.model\./, "").replace(/\.(weight|bias)$/, "");
	const names = modules_to_save ?? [];
	const absent = names.filter(
		(name) => !others.some(({ key }) => moduleOf(key).split(".").includes(name) || moduleOf(key).endsWith(name)),
	);
	const unknown = others.filter(
		({ key }) =>
			!names.some((name) => moduleOf(key).includes(name)) &&
			!(bias !== "none" && key.endsWith(".bias")) &&
			!/\.(embed_tokens|lm_head|wte)\.weight$/.test(key), // save_embedding_layers
	);
	return [
		...(absent.length > 0 ? [peftMessage("savedWithoutTensors", { names: absent.join(", ") })] : []),
		...(unknown.length > 0 ? [peftMessage("unnamedTensors", { count: unknown.length, key: unknown[0].key })] : []),
	];
}

function magnitudes({ use_dora }: Config, lora: readonly PeftTensor[], paths: readonly string[]): Message[] {
	const having = new Set(lora.filter(({ part }) => part === "lora_magnitude_vector").map(({ module }) => module));
	const without = paths.filter((path) => !having.has(path));
	if (use_dora && without.length > 0) return [peftMessage("noMagnitude", { count: without.length, path: without[0] })];
	return !use_dora && having.size > 0 ? [peftMessage("magnitudeWithoutDora", { count: having.size })] : [];
}

/** An adapter that changes nothing. */
function values(tensors: readonly PeftTensor[]): Message[] {
	const changes = ({ part, dtype, bytes }: PeftTensor) =>
		part === "other" || (/B$/.test(part) && decodeToFloat32(bytes, dtype).some((value) => value !== 0));
	return tensors.some(changes) ? [] : [peftMessage("zeroAdapter")];
}
