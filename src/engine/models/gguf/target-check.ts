// Checks a model against the rules of llama.cpp before it is written as GGUF: what llama.cpp would refuse to load, or compute
// otherwise (src/models/*.cpp of llama.cpp).

import { TabTuneError } from "../../../shared/errors.ts";
import { ggufMessage } from "../../../shared/messages/index.ts";
import type { Message } from "../../../shared/messages/message.ts";
import type { GgufValue } from "../../formats/gguf.ts";
import type { WeightSpec } from "../family.ts";
import type { ModelConfig } from "../model-config.ts";
import { type GgufArchitecture, ggufName } from "./architecture.ts";
import { isYarnOfLlamaCpp } from "./rope.ts";

function refused(architecture: GgufArchitecture, reason: Message): TabTuneError {
	return new TabTuneError("not-yet", {
		what: ggufMessage("notLoadable", { architecture: architecture.name, reason }),
		next: ggufMessage("notLoadable.next"),
	});
}

/** @throws TabTuneError "not-yet" with the reason */
export function checkGgufTarget(
	architecture: GgufArchitecture,
	config: ModelConfig,
	weights: readonly WeightSpec[],
): void {
	const { hidden_act, rope_scaling, head_dim, num_attention_heads: heads, hidden_size } = config;
	const { activation = "silu", ropeFactors } = architecture;
	if (hidden_act !== activation)
		throw refused(architecture, ggufMessage("targetActivation", { name: hidden_act, expected: activation }));
	const type = rope_scaling?.rope_type;
	if ((type === "longrope" && ropeFactors === false) || (type === "llama3" && ropeFactors !== true))
		throw refused(architecture, ggufMessage("ropeType", { type }));
	if (ropeFactors !== true && rope_scaling?.rope_type === "yarn" && !isYarnOfLlamaCpp(rope_scaling))
		throw refused(architecture, ggufMessage("targetYarn"));
	const key = architecture.unwritable?.(config) ?? null;
	if (key !== null) throw refused(architecture, ggufMessage("targetKey", { key }));
	if (architecture.square === true && heads * head_dim !== hidden_size)
		throw refused(architecture, ggufMessage("targetHeads", { heads, head_dim, hidden_size }));
	for (const { name } of weights) {
		const [, module] = /(?:^|\.)(\w+)\.bias$/.exec(ggufName(architecture, name) ?? "") ?? [];
		if (module !== undefined && !architecture.biases.includes(module))
			throw refused(architecture, ggufMessage("targetBias", { name }));
	}
}

/**
 * Checks the vocabulary of a base's GGUF file, which is copied.
 * @param rows of the embedding @throws TabTuneError "not-yet" with the reason
 */
export function checkGgufTokens(
	architecture: GgufArchitecture,
	metadata: Pick<ReadonlyMap<string, GgufValue>, "get">,
	rows: number,
): void {
	const lengthOf = (key: string) => {
		const list = metadata.get(`tokenizer.ggml.${key}`);
		return Array.isArray(list) ? list.length : null;
	};
	const tokens = lengthOf("tokens") ?? 0;
	if (tokens !== rows) throw refused(architecture, ggufMessage("targetTokens", { tokens, rows }));
	for (const key of ["scores", "token_type"]) {
		const count = lengthOf(key) ?? tokens;
		if (count < tokens) throw refused(architecture, ggufMessage("targetList", { key, count, tokens }));
	}
}
