// The rows of tokens that a new adapter adds to its base are trained (trainable_token_indices), as TRL does.
import { methodsOf } from "../../shared/setting-values.ts";
import type { LoadedModel } from "../models/load.ts";
import { targetedLinears } from "../peft/targets.ts";
import type { AdapterSettings } from "./adapter.ts";
import { isSaved } from "./methods/modules-to-save.ts";

/** The settings of a new adapter that trains the rows of the base's new tokens, where nothing else trains or adapts them. */
export function trainsNewTokens<T extends AdapterSettings>(
	{ family, config, changes }: LoadedModel,
	settings: T,
): T & Pick<AdapterSettings, "trainable_token_indices"> {
	const ids = changes?.newTokens ?? [];
	if (ids.length === 0) return settings;
	const [table, head] = [family.embedding(config).path, family.head(config).path];
	if (!methodsOf(settings).includes("lora")) return settings;
	const targeted = new Set(targetedLinears(family, config, settings).map(({ path }) => path));
	const free = [table, head].filter(
		(path) => !targeted.has(path) && !(settings.modules_to_save ?? []).some((name) => isSaved(`${path}.weight`, name)),
	);
	const tied = family.head(config).weight !== undefined;
	if (free.length === 0 || (tied && free.length === 1)) return settings;
	// A list is of the embedding, whose rows PEFT gives a tied head too.
	const byName = Object.fromEntries(free.map((path) => [path.slice(path.lastIndexOf(".") + 1), [...ids]]));
	return { ...settings, trainable_token_indices: tied ? [...ids] : byName };
}
