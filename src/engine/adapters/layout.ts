// Builds the layout of an adapter: its methods, and the position of each of their tensors in the flat parameters. Graphs,
// optimiser, checkpoints and export use the layout and know no method.
import { methodsOf } from "../../shared/setting-values.ts";
import type { ForwardHooks, ModelFamily } from "../models/family.ts";
import type { ModelConfig } from "../models/model-config.ts";
import type { AdapterForm, AdapterLayout, AdapterMethod, AdapterSettings, MethodScope } from "./adapter.ts";
import { bottleneck } from "./methods/bottleneck.ts";
import { fullFineTuning } from "./methods/full.ts";
import { lora } from "./methods/lora.ts";
import { loraEmbedding } from "./methods/lora-embedding.ts";
import { modulesToSave } from "./methods/modules-to-save.ts";
import { promptTuning } from "./methods/prompt.ts";
import { trainedBias } from "./methods/trained-bias.ts";
import { Placement, type TrainableTensor } from "./trainable.ts";

/** Each says whether the settings ask for it. In the order their hooks wrap one another: the first is the innermost. */
const METHODS: readonly ((scope: MethodScope) => AdapterMethod | null)[] = [
	fullFineTuning,
	modulesToSave,
	trainedBias,
	loraEmbedding,
	lora,
	promptTuning,
	bottleneck,
];

/**
 * Lays an adapter over a model.
 * @throws TabTuneError "adapter" when the settings do not fit the model.
 */
export function adapterLayout(
	{ family, config }: { readonly family: ModelFamily; readonly config: ModelConfig },
	settings: AdapterSettings,
): AdapterLayout {
	const [placement, frozen] = [new Placement(), new Placement()];
	const methods = methodsOf(settings);
	const scope = { family, config, settings, methods, placement, frozen };
	const parts = METHODS.map((part) => part(scope)).filter((part) => part !== null);
	return {
		settings,
		methods,
		parts,
		modules: parts.flatMap(({ modules }) => modules ?? []),
		table: parts.find(({ table }) => table !== undefined)?.table ?? null,
		virtualTokens: parts.reduce((total, { virtualTokens = 0 }) => total + virtualTokens, 0),
		replaces: parts.some(({ replaces }) => replaces === true),
		tensors: parts.flatMap(({ tensors }) => tensors),
		...placement.finish(),
		frozen: frozen.finish(),
	};
}

/** The hooks of a forward pass with every part of an adapter in it; without one, as they are. */
export function withAdapter(hooks: ForwardHooks, adapter: AdapterLayout | null, training: boolean): ForwardHooks {
	return (adapter?.parts ?? []).reduce((inner, part) => part.wrap(inner, training), hooks);
}

/**
 * Whether plans made over one adapter answer with the numbers of the other: LoRA's matrices alone, at the same places, of
 * the same shapes and scalings.
 */
export function samePlans(a: AdapterLayout, b: AdapterLayout): boolean {
	const written = ({ tensors, modules, parts }: AdapterLayout) =>
		JSON.stringify([parts.length, tensors, modules.map(({ module, scaling }) => [module.path, scaling])]);
	const plain = ({ tensors, modules, frozen }: AdapterLayout) =>
		tensors.length === 2 * modules.length && frozen.size === 0;
	return plain(a) && plain(b) && written(a) === written(b);
}

/** What a pass at a strength is made over: where the adapter stands in the base's place, strength 0 is the base alone. */
export function layoutAt(adapter: AdapterLayout | null, strength: number): AdapterLayout | null {
	return strength === 0 && adapter?.replaces === true ? null : adapter;
}

/** The tensors of each folder that an adapter is exported as. */
export function tensorsByForm({ parts }: Pick<AdapterLayout, "parts">): Map<AdapterForm, TrainableTensor[]> {
	const forms = new Map<AdapterForm, TrainableTensor[]>();
	for (const { form = "lora", tensors } of parts) forms.set(form, [...(forms.get(form) ?? []), ...tensors]);
	return forms;
}

/** Virtual tokens that a text has in front at a strength: a prompt is there or not, so any strength over 0 is all of it. */
export function virtualTokensAt(adapter: AdapterLayout | null, strength: number): number {
	return strength > 0 ? (adapter?.virtualTokens ?? 0) : 0;
}
