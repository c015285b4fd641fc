// PEFT's modules_to_save: modules that are fully trained in addition to LoRA, start from the base's values and are saved with
// the adapter (peft/utils/other.py, ModulesToSaveWrapper). If the base ties head and embedding, PEFT trains a copy of the one
// that is named and leaves the other unchanged; with ensure_weight_tying both use one copy, which is the embedding's.
import { TabTuneError } from "../../../shared/errors.ts";
import { adaptersMessage } from "../../../shared/messages/index.ts";
import type { LinearModule } from "../../models/family.ts";
import { declareWeights } from "../../models/frozen.ts";
import { weightName } from "../../models/linear.ts";
import { targetedLinears, tiesSaved } from "../../peft/targets.ts";
import type { AdapterMethod, MethodScope } from "../adapter.ts";
import { declareTrainable, type TrainableTensor, valuesOf } from "../trainable.ts";

/** A trained weight, and the weight of the base that it starts from; the two names differ if the base ties them. */
interface SavedWeight {
	readonly name: string; // "lm_head.weight"
	readonly from: string; // "model.embed_tokens.weight"
	readonly shape: readonly number[];
}

/**
 * A name that no module has is ignored with a warning, as in PEFT.
 * @throws TabTuneError "adapter" for a name that LoRA targets too
 */
export function modulesToSave({ family, config, settings, methods, placement }: MethodScope): AdapterMethod | null {
	const names = settings.modules_to_save ?? [];
	if (names.length === 0 || !methods.includes("lora")) return null;
	const head = family.head(config);
	const weights: SavedWeight[] = family.weights(config).map(({ name, shape }) => ({ name, from: name, shape }));
	if (head.weight !== undefined)
		weights.push({ name: `${head.path}.weight`, from: head.weight, shape: [head.out, head.in] });
	const table = family.embedding(config).path;
	const tied = tiesSaved(family, config, settings);
	const chosen = weights.filter(({ name }) =>
		tied && [`${table}.weight`, `${head.path}.weight`].includes(name)
			? name === `${table}.weight`
			: names.some((module) => isSaved(name, module)),
	);
	const missing = names.filter((module) => !weights.some(({ name }) => isSaved(name, module)));
	const warnings = missing.map((name) => adaptersMessage("noSavedModule", { name }));
	if (chosen.length === 0) return { tensors: [], warnings, wrap: (hooks) => hooks, init: () => undefined };
	const both = targetedLinears(family, config, settings).find(({ path }) =>
		chosen.some(({ name }) => name === `${path}.weight` || (tied && path === head.path)),
	);
	if (both !== undefined)
		throw new TabTuneError("adapter", {
			what: adaptersMessage("savedAndTargeted", { path: both.path }),
			where: "modules_to_save",
			next: adaptersMessage("savedAndTargeted.next"),
		});
	const transposed = chosen.find(({ name }) => family.transposed?.(name));
	if (transposed !== undefined)
		throw new TabTuneError("not-yet", {
			what: adaptersMessage("savedTransposed", { name: transposed.name.slice(0, -".weight".length) }),
			where: "modules_to_save",
			next: adaptersMessage("savedTransposed.next"),
		});
	const placed = chosen.map(({ name, from, shape }) => ({
		from,
		tensor: placement.place(
			name,
			shape,
			1,
			`${name} (saved)`,
			tied && name === `${table}.weight` ? [`${head.path}.weight`] : [],
		),
	}));
	const byName = new Map<string, TrainableTensor>(placed.map(({ tensor }) => [tensor.name, tensor]));
	return {
		tensors: placed.map(({ tensor }) => tensor),
		warnings,
		replaces: true,
		wrap: (hooks) => {
			const own = declareWeights((builder, name) => {
				const tensor = byName.get(name);
				return tensor === undefined ? hooks.weight(builder, name) : declareTrainable(builder, tensor);
			});
			const untied = ({ weight: _tie, ...module }: LinearModule): LinearModule => module;
			return {
				...hooks,
				// A tied weight has two uses; each is trained only under its own name.
				weight: (builder, name) => (isTable(name) ? hooks.weight(builder, name) : own.weight(builder, name)),
				linear: (builder, module, x) => {
					if (tied && module.path === head.path) return own.linear(builder, module, x);
					return byName.has(`${module.path}.weight`)
						? own.linear(builder, untied(module), x)
						: hooks.linear(builder, module, x);
				},
				embed: (builder, module, inputs) =>
					byName.has(`${module.path}.weight`)
						? own.embed(builder, module, inputs)
						: hooks.embed(builder, module, inputs),
			};
			function isTable(name: string): boolean {
				return name === `${family.embedding(config).path}.weight` || name === weightName(head);
			}
		},
		async init({ params }, { weight }) {
			for (const { from, tensor } of placed) valuesOf(params, tensor).set(await weight(from));
		},
	};
}

/** Whether the path of the weight's module, or of one of its parents, ends with the name, as in PEFT. */
export function isSaved(weight: string, module: string): boolean {
	const parts = weight.split(".").slice(0, -1);
	return parts.some((_, i) =>
		parts
			.slice(0, i + 1)
			.join(".")
			.endsWith(module),
	);
}
