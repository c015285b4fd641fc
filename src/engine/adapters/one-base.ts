// The base that several adapters share. Adapters that change their base (a saved embedding or head, a resized vocabulary) have to
// change it in the same way; those that do not change it are used over the changed base, as PEFT does after resizing a model.
import type { LoadedModel } from "../models/load.ts";
import type { Adapter } from "./adapter.ts";
import { type OpenedAdapter, overSameWeights } from "./adapter-files.ts";

interface NamedAdapter {
	readonly name: string;
	readonly adapter: Adapter;
}

/** @throws TabTuneError "adapter" for adapters that change the base in different ways */
export function overOneBase(
	opened: readonly (OpenedAdapter & { readonly name: string })[],
	base: LoadedModel,
): { readonly model: LoadedModel; readonly adapters: readonly NamedAdapter[] } {
	const changesWeights = ({ model }: OpenedAdapter) => (model.changes?.tensors.size ?? 0) > 0;
	const { model } = opened.find(changesWeights) ?? opened[0] ?? { model: base };
	const adapters = opened.map((one) => {
		const { name, adapter } = one;
		const { modules, table } = adapter.layout;
		const head = base.family.head(base.config).path;
		const ofLayers = table === null && modules.every(({ module }) => module.path !== head);
		return { name, adapter: ofLayers && !changesWeights(one) ? adapter : overSameWeights(one, model, name) };
	});
	return { model, adapters };
}
