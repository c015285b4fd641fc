// Predicts whether an adapter will fit in a link, before it is trained.
import type { AdapterLayout } from "../engine/adapters/adapter.ts";
import type { LinkPrediction } from "../engine/api.ts";
import { MOST_LINK_CHARACTERS, predictLinkCharacters, rankThatFits } from "../engine/formats/index.ts";

/** Whether a link can contain the adapter: only lora_A and lora_B of target_modules, no prompt, bottleneck, DoRA magnitudes or modules_to_save. */
export const carriesLink = ({ settings, methods, tensors, modules }: AdapterLayout): boolean =>
	tensors.length === 2 * modules.length &&
	methods.join("+") === "lora" &&
	!settings.use_dora &&
	(settings.target_parameters ?? []).length === 0 &&
	(settings.modules_to_save ?? []).length === 0;

/** Predicts the link's size from the settings; null if links do not support them. PiSSA's initial factors count too. */
export function predictLink(layout: AdapterLayout): LinkPrediction | null {
	if (!carriesLink(layout)) return null;
	const { settings, parameters: trained, frozen } = layout;
	const parameters = trained + frozen.parameters;
	const characters = predictLinkCharacters(parameters);
	const highestRank = rankThatFits(parameters / settings.r);
	return { characters, fits: characters <= MOST_LINK_CHARACTERS, highestRank };
}
