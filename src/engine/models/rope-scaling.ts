// Reads rope_scaling and rope_parameters of config.json, as transformers' modeling_rope_utils.py does (5.23).

import type { JsonObject } from "../../shared/json.ts";
import { modelsMessage } from "../../shared/messages/index.ts";
import { asObject, ConfigKeys, notYet, numberOf } from "../formats/config-keys.ts";
import type { RopeScaling, YarnRopeScaling } from "../graph/rope-tables.ts";
import type { ConfigRules } from "./family.ts";

/**
 * rope_scaling, rope_parameters and the keys next to them as one object. An original length next to them has priority, as in
 * `standardize_rope_params`.
 * @throws TabTuneError "model" if the two disagree
 */
export function ropeKeys(raw: JsonObject, read: ConfigKeys): JsonObject {
	const [older, newer] = [asObject(raw.rope_scaling), asObject(raw.rope_parameters)];
	const get = (_: JsonObject, key: string | symbol) => {
		if (typeof key === "symbol") return undefined;
		const [a, b] = [older[key] ?? undefined, newer[key] ?? undefined];
		const beside = key === "original_max_position_embeddings" ? (raw[key] ?? undefined) : undefined;
		if (beside !== undefined) return beside;
		if (a !== undefined && b !== undefined && JSON.stringify(a) !== JSON.stringify(b))
			throw read.fail(modelsMessage("ropeDisagrees", { key, older: JSON.stringify(a), newer: JSON.stringify(b) }));
		return b ?? a;
	};
	return new Proxy<JsonObject>({}, { get });
}

/**
 * The scaling of rotary positions, null for none.
 * @param max_position_embeddings of the file
 * @throws TabTuneError "model" naming the key that is missing or wrong, "not-yet" for a type that is not supported
 */
export function ropeScaling(
	rope: JsonObject,
	max_position_embeddings: number,
	{ ropeTypeAliases = {} }: ConfigRules,
	where: string,
): RopeScaling | null {
	const read = new ConfigKeys(rope, where);
	const [type, older] = [rope.rope_type ?? rope.type ?? "default", rope.type].map((name) =>
		typeof name === "string" && Object.hasOwn(ropeTypeAliases, name) ? ropeTypeAliases[name] : name,
	);
	if (older !== undefined && older !== type)
		throw read.fail(modelsMessage("ropeTypes", { type: JSON.stringify(type), older: JSON.stringify(older) }));
	switch (type) {
		case "default":
			return null;
		case "dynamic":
			// Changes the frequencies of texts over max_position_embeddings only, which are not supported.
			read.positive("factor");
			return null;
		case "linear":
			return { rope_type: "linear", factor: read.positive("factor") };
		case "llama3":
			return {
				rope_type: "llama3",
				factor: read.positive("factor"),
				low_freq_factor: read.positive("low_freq_factor"),
				high_freq_factor: read.positive("high_freq_factor"),
				original_max_position_embeddings: read.count("original_max_position_embeddings"),
			};
		case "longrope":
			return longRopeScaling(rope, read, max_position_embeddings);
		case "yarn":
			return yarnScaling(rope, read, max_position_embeddings);
		default:
			throw notYet(modelsMessage("ropeType", { type: JSON.stringify(type) }), where, modelsMessage("ropeType.next"));
	}
}

/** `_compute_longrope_parameters` */
function longRopeScaling(rope: JsonObject, read: ConfigKeys, max_position_embeddings: number): RopeScaling {
	const original = read.count("original_max_position_embeddings", 4096);
	const factor = read.positive("factor", max_position_embeddings / original);
	const short = rope.short_factor;
	if (!Array.isArray(short) || !short.every((n) => typeof n === "number" && n > 0))
		throw read.wrong("short_factor", modelsMessage("positiveNumbers"));
	const usual = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
	return {
		rope_type: "longrope",
		short_factor: short as number[],
		attention_factor: read.positive("attention_factor", usual),
	};
}

/** `_compute_yarn_parameters` */
function yarnScaling(rope: JsonObject, read: ConfigKeys, max_position_embeddings: number): YarnRopeScaling {
	const original = read.count("original_max_position_embeddings", max_position_embeddings);
	const factor = read.positive("factor", max_position_embeddings / original);
	/** A number for which 0 counts as missing. */
	const optional = (key: string) => ([undefined, null, 0].includes(rope[key] as null) ? undefined : read.positive(key));
	const [mscale, mscale_all_dim] = [optional("mscale"), optional("mscale_all_dim")];
	const temperature = (scale = 1) => (factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1);
	const usual =
		mscale === undefined || mscale_all_dim === undefined
			? temperature()
			: temperature(mscale) / temperature(mscale_all_dim);
	return {
		rope_type: "yarn",
		factor,
		original_max_position_embeddings: original,
		beta_fast: optional("beta_fast") ?? 32,
		beta_slow: optional("beta_slow") ?? 1,
		truncate: (rope.truncate ?? null) === null || read.flag("truncate"),
		attention_factor: read.positive("attention_factor", usual),
	};
}

/** Number of tokens up to which longrope uses its short factors, the only ones supported; no bound for other types. */
export function originalLength(rope: JsonObject): number {
	if ((rope.rope_type ?? rope.type ?? "default") === "default" || !Array.isArray(rope.short_factor))
		return Number.POSITIVE_INFINITY;
	return numberOf(rope.original_max_position_embeddings ?? 4096);
}
