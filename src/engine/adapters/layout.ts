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
import { tokenRows } from "./methods/token-rows.ts";
import { trainedBias } from "./methods/trained-bias.ts";
import { Placement, type TrainableTensor } from "./trainable.ts";

/** Each function returns null if the settings do not name its method. The hooks of later methods wrap those of earlier ones. */
const METHODS: readonly ((scope: MethodScope) => AdapterMethod | null)[] = [
	fullFineTuning,
	modulesToSave,
	trainedBias,
	tokenRows,
	loraEmbedding,
	lora,
	promptTuning,
	bottleneck,
];

/**
 * Builds the layout of an adapter for a model.
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
		tokenRows: parts.flatMap((part) => part.tokenRows ?? []),
		virtualTokens: parts.reduce((total, { virtualTokens = 0 }) => total + virtualTokens, 0),
		replaces: parts.some(({ replaces }) => replaces === true),
		warnings: parts.flatMap(({ warnings }) => warnings ?? []),
		tensors: parts.flatMap(({ tensors }) => tensors),
		...placement.finish(),
		frozen: frozen.finish(),
	};
}

/** The forward hooks with every method of the adapter applied; unchanged without an adapter. */
export function withAdapter(hooks: ForwardHooks, adapter: AdapterLayout | null, training: boolean): ForwardHooks {
	return (adapter?.parts ?? []).reduce((inner, part) => part.wrap(inner, training), hooks);
}

/**
 * Whether a plan compiled for one adapter also runs the other: both are plain LoRA on the same modules, with the same shapes
 * and scalings.
 */
export function samePlans(a: AdapterLayout, b: AdapterLayout): boolean {
	const written = ({ tensors, modules, parts }: AdapterLayout) =>
		JSON.stringify([parts.length, tensors, modules.map(({ module, scaling }) => [module.path, scaling])]);
	const plain = ({ tensors, modules, frozen }: AdapterLayout) =>
		tensors.length === 2 * modules.length && frozen.size === 0;
	return plain(a) && plain(b) && written(a) === written(b);
}

/** The layout of a forward pass at a strength: null for strength 0 of an adapter that replaces the base's weights. */
export function layoutAt(adapter: AdapterLayout | null, strength: number): AdapterLayout | null {
	return strength === 0 && adapter?.replaces === true ? null : adapter;
}

/** The tensors of each format that an adapter is exported in. */
export function tensorsByForm({ parts }: Pick<AdapterLayout, "parts">): Map<AdapterForm, TrainableTensor[]> {
	const forms = new Map<AdapterForm, TrainableTensor[]>();
	for (const { form = "lora", tensors } of parts) forms.set(form, [...(forms.get(form) ?? []), ...tensors]);
	return forms;
}

/** Number of virtual tokens before a text. A prompt cannot be scaled: any strength over 0 uses all of it. */
export function virtualTokensAt(adapter: AdapterLayout | null, strength: number): number {
	return strength > 0 ? (adapter?.virtualTokens ?? 0) : 0;
}
