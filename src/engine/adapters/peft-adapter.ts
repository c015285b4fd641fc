// Converts between a PEFT LoRA folder and the flat parameters, and refuses an adapter that was trained on another base.
// peft/lora-files.ts reads and writes the files.
import { TabTuneError } from "../../shared/errors.ts";
import { adaptersMessage } from "../../shared/messages/index.ts";
import type { RunSettings } from "../api.ts";
import { decodeToFloat32 } from "../formats/index.ts";
import type { LoadedModel } from "../models/load.ts";
import {
	FRESH_CONFIG,
	type PeftAdapter,
	type PeftFile,
	type PeftTensor,
	PROMPT_KEY,
	type TargetedConfig,
	type TensorValues,
	writePeftAdapter,
} from "../peft/index.ts";
import { peftKey } from "../peft/lora-files.ts";
import type { CardBase } from "../peft/model-card.ts";
import { resolveConfig } from "../peft/resolve-config.ts";
import { cannotAdapt, parameterTargets, suffixes, tiesTargets } from "../peft/targets.ts";
import type { Adapter, AdapterSettings } from "./adapter.ts";
import { adapterLayout, tensorsByForm } from "./layout.ts";
import { pissaToLora } from "./pissa-to-lora.ts";
import { fileShape, fileValues, setFileValues, valuesOf } from "./trainable.ts";

/** The settings that a PEFT configuration states. */
export function settingsOfConfig(
	config: TargetedConfig,
): Pick<
	RunSettings,
	| "r"
	| "lora_alpha"
	| "lora_dropout"
	| "target_modules"
	| "use_rslora"
	| "use_dora"
	| "rank_pattern"
	| "alpha_pattern"
	| "layers_to_transform"
	| "modules_to_save"
	| "bias"
> {
	const layers = config.layers_to_transform;
	return {
		r: config.r,
		lora_alpha: config.lora_alpha,
		lora_dropout: config.lora_dropout,
		target_modules: config.target_modules,
		use_rslora: config.use_rslora,
		use_dora: config.use_dora,
		rank_pattern: config.rank_pattern,
		alpha_pattern: config.alpha_pattern,
		layers_to_transform: typeof layers === "number" ? [layers] : layers,
		modules_to_save: config.modules_to_save,
		bias: config.bias,
	};
}

/** Placeholder LoRA settings of an adapter without LoRA. */
export const NO_LORA: AdapterSettings = {
	...settingsOfConfig(FRESH_CONFIG),
	init_lora_weights: true,
	loraplus_lr_ratio: 1,
};

/**
 * Loads a PEFT adapter for a model.
 * @throws TabTuneError "adapter" naming the first module that does not fit the model.
 */
export function adapterFromPeft(
	model: LoadedModel,
	{ config: read, tensors, warnings }: PeftAdapter,
	name: string,
): Adapter {
	const config = resolveConfig(read, model, `${name}/adapter_config.json`);
	const { path: table, rows: ids, width } = model.family.embedding(model.config);
	const modules = [
		{ path: table, in: ids, out: width },
		...model.family.linearModules(model.config),
		model.family.head(model.config),
	];
	const byPath = new Map(modules.map((module) => [module.path, module]));
	for (const tensor of tensors) {
		// modules_to_save and biases are matched below.
		if (tensor.key.endsWith(".token_adapter.trainable_tokens_delta")) continue;
		if (tensor.part === "other" && ((config.modules_to_save?.length ?? 0) > 0 || config.bias !== "none")) continue;
		const module = tensor.module === null ? undefined : byPath.get(tensor.module);
		if (module === undefined) {
			const own = model.family.weights(model.config).find(({ name }) => name === `${tensor.module}.weight`);
			if (own !== undefined) throw cannotAdapt(tensor.module ?? "", own.shape.length === 2);
			throw new TabTuneError("adapter", {
				what: adaptersMessage("noLinear", { key: tensor.key, nearest: nearestKey(tensor, modules) }),
				where: name,
				next:
					(config.base_model_name_or_path ?? model.name) === model.name
						? adaptersMessage("noLinear.next")
						: adaptersMessage("otherBase.next", { base: config.base_model_name_or_path ?? "", model: model.name }),
			});
		}
		const [, columns] = /^lora_(embedding_)?A$/.test(tensor.part) ? tensor.shape : [0, module.in];
		const rows = /^lora_(embedding_)?B$/.test(tensor.part) ? tensor.shape[0] : module.out;
		if (columns !== module.in || rows !== module.out) {
			throw new TabTuneError("adapter", {
				what: adaptersMessage("linearShape", {
					path: module.path,
					out: module.out,
					in: module.in,
					part: tensor.part,
					shape: tensor.shape.join(", "),
				}),
				where: name,
				next: adaptersMessage("otherBase.next", {
					base: config.base_model_name_or_path ?? adaptersMessage("anotherBase"),
					model: model.name,
				}),
			});
		}
	}
	const layout = adapterLayout(model, {
		...settingsOfConfig(config),
		exclude_modules: config.exclude_modules,
		layers_pattern: config.layers_pattern,
		trainable_token_indices: config.trainable_token_indices,
		target_parameters: config.target_parameters,
		lora_bias: config.lora_bias,
		ensure_weight_tying: config.ensure_weight_tying,
		init_lora_weights: true,
		any_rank: true,
		loraplus_lr_ratio: 1, // set by the run: create-adapter.ts
	});
	const byName = new Map(tensors.map((tensor) => [tensor.key.replace(/^base_model\.model\./, ""), tensor]));
	const found: [(typeof layout.tensors)[number], (typeof tensors)[number]][] = [];
	for (const tensor of layout.tensors) {
		const { name: tensorName } = tensor;
		const shape = fileShape(tensor);
		const stored = byName.get(tensorName);
		if (stored === undefined || stored.shape.join() !== shape.join()) {
			throw new TabTuneError("adapter", {
				what:
					stored === undefined
						? adaptersMessage("missing", { name: tensorName })
						: adaptersMessage("configShape", {
								name: tensorName,
								shape: stored.shape.join(", "),
								expected: shape.join(", "),
							}),
				where: name,
				next: adaptersMessage("configShape.next"),
			});
		}
		found.push([tensor, stored]);
		byName.delete(tensorName);
		for (const copy of tensor.copies ?? []) {
			const { bytes = stored.bytes } = byName.get(copy) ?? {};
			if (bytes.length !== stored.bytes.length || bytes.some((byte, i) => byte !== stored.bytes[i]))
				throw new TabTuneError("adapter", {
					what: adaptersMessage("tiedCopies", { name: tensorName, copy }),
					where: name,
					next: adaptersMessage("tiedCopies.next"),
				});
			byName.delete(copy);
		}
	}
	// Allocated when every shape is that of the configuration, whose rank may be any number.
	const params = new Float32Array(layout.size);
	for (const [tensor, { bytes, dtype }] of found) setFileValues(params, tensor, decodeToFloat32(bytes, dtype));
	checkTiedTargets(model, layout, params, name);
	// PEFT saves the rows of a tied base under both names.
	for (const { uses } of layout.tokenRows)
		for (const use of uses) byName.delete(`${use}.token_adapter.trainable_tokens_delta`);
	const [left] = byName.keys();
	if (left !== undefined) {
		throw new TabTuneError("adapter", {
			what: adaptersMessage("notTargeted", { name: left }),
			where: name,
			next: adaptersMessage("notTargeted.next"),
		});
	}
	return { layout, params, config, stored: tensors, warnings };
}

/** @throws TabTuneError "adapter" if ensure_weight_tying shares LoRA's matrices, but those of the file differ */
function checkTiedTargets(
	{ family, config }: Pick<LoadedModel, "family" | "config">,
	{ settings, table, modules }: Adapter["layout"],
	params: Float32Array,
	name: string,
): void {
	if (!tiesTargets(family, config, settings)) return;
	const head = modules.find(({ module }) => module.path === family.head(config).path);
	if (head === undefined || table === null) throw new Error("tied targets are on both ends");
	// The update of the one matrix is the transpose of the other's: A [rows, r] is the head's B, B [width, r] its A transposed.
	const [A, B, headA, headB] = [table.A, table.B, head.A, head.B].map((tensor) => valuesOf(params, tensor));
	const same =
		A.every((value, i) => value === headB[i]) &&
		B.every((value, i) => value === headA[(i % table.r) * head.module.in + Math.floor(i / table.r)]);
	if (same) return;
	throw new TabTuneError("adapter", {
		what: adaptersMessage("tiedCopies", { name: table.A.name, copy: head.B.name }),
		where: name,
		next: adaptersMessage("tiedCopies.next"),
	});
}

/** The key of the linear module whose path has the most last parts in common with that of a tensor. */
function nearestKey({ key, module, part }: PeftTensor, modules: readonly { readonly path: string }[]): string {
	const parts = (path: string) => path.split(".").toReversed();
	const path = parts(module ?? key.replace(/\.(lora_\w+|weight|bias)\b.*$/, ""));
	const common = (other: string) => {
		const differs = parts(other).findIndex((name, i) => name !== path[i]);
		return differs === -1 ? path.length : differs;
	};
	const [nearest] = modules.toSorted((a, b) => common(b.path) - common(a.path));
	return peftKey(nearest.path, part === "other" ? "lora_A" : part);
}

/**
 * The PEFT folder of an adapter's LoRA. Its configuration is the one that it was loaded with, or a new one; its tensors are the
 * stored ones, or float32.
 */
export function loraFiles(
	model: Pick<LoadedModel, "name" | "family" | "config"> & Partial<Pick<LoadedModel, "changes">>,
	adapter: Adapter,
): PeftFile[] {
	const { layout, params, config, stored, facts } = pissaToLora(model, adapter);
	const { settings } = layout;
	const target = settings.target_modules;
	const base = config ?? FRESH_CONFIG;
	const parameters = new Set(parameterTargets(model.family, model.config, settings.target_parameters ?? []));
	const transposed = layout.modules.some(({ module }) => model.family.transposed?.(`${module.path}.weight`));
	return writePeftAdapter(
		{
			...base,
			// PEFT sets fan_in_fan_out for Conv1D, whose weights are stored as [in, out].
			...(transposed ? { others: { ...base.others, fan_in_fan_out: true } } : {}),
			base_model_name_or_path: config?.base_model_name_or_path ?? model.name,
			r: settings.r,
			lora_alpha: settings.lora_alpha,
			lora_dropout: settings.lora_dropout,
			use_rslora: settings.use_rslora,
			use_dora: settings.use_dora,
			rank_pattern: { ...settings.rank_pattern },
			alpha_pattern: { ...settings.alpha_pattern },
			modules_to_save: settings.modules_to_save ?? null,
			bias: settings.bias ?? "none",
			trainable_token_indices: (settings.trainable_token_indices ?? null) as TargetedConfig["trainable_token_indices"],
			target_parameters: (settings.target_parameters ?? null) as string[] | null,
			layers_to_transform: (settings.layers_to_transform ?? null) as number[] | number | null,
			// PEFT replaces "all-linear" by the names of the modules.
			target_modules:
				typeof target === "string" && target.toLowerCase() === "all-linear"
					? suffixes(layout.modules.map(({ module }) => module).filter(({ path }) => !parameters.has(path)))
					: (target as string | string[]),
		},
		stored?.filter(({ key }) => key !== PROMPT_KEY) ?? [
			...(tensorsByForm(layout).get("lora") ?? []).flatMap((tensor) =>
				[tensor.name, ...(tensor.copies ?? [])].map((name) => ({
					key: `base_model.model.${name}`,
					shape: fileShape(tensor),
					values: fileValues(params, tensor),
				})),
			),
			...changedWeights(layout, model.changes ?? null),
		],
		facts ?? null,
		cardBase(model),
	);
}

function cardBase({ config, changes }: Parameters<typeof loraFiles>[0]): CardBase {
	const { base, texts = {} } = changes ?? {};
	return {
		...(base === undefined || base.config.vocab_size === config.vocab_size ? {} : { vocab_size: config.vocab_size }),
		ownTokenizer: "tokenizer.json" in texts,
	};
}

/** The weights that differ from the base's, under the names that PEFT gives the weights of a wrapped module. */
function changedWeights(
	{ modules, table, tensors, tokenRows }: Adapter["layout"],
	changes: LoadedModel["changes"],
): TensorValues[] {
	const adapted = new Set([
		...modules.map(({ module }) => module.path),
		...(table === null ? [] : [table.module.path]),
	]);
	const saved = new Set(tensors.map(({ name }) => name));
	return [...(changes?.tensors ?? [])].map(([name, tensor]) => {
		const path = name.slice(0, -".weight".length);
		const rows = tokenRows.some((one) => one.path === path);
		const role = rows
			? ".token_adapter.base_layer"
			: adapted.has(path)
				? ".base_layer"
				: saved.has(name)
					? ".original_module"
					: "";
		return { key: `base_model.model.${path}${role}.weight`, ...tensor };
	});
}
