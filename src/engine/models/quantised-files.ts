// Recognises weights that another program quantised, by the tensors it writes beside or in place of them.
import { TabTuneError } from "../../shared/errors.ts";
import { modelsMessage } from "../../shared/messages/index.ts";
import type { TensorFile } from "../formats/index.ts";

/** The first kind whose pattern matches a tensor's name. */
const KINDS: readonly [RegExp, string][] = [
	[/\.(g_idx|gptq_scales)$/, "GPTQ"],
	[
		/\.(absmax|quant_map|nested_absmax|nested_quant_map|quant_state\.bitsandbytes__\w+|SCB|weight_format)$/,
		"bitsandbytes",
	],
	[/\.(codebooks|codes)$/, "AQLM"],
	[/\.W_q$/, "HQQ"],
	[/\.(weight_packed|weight_shape|weight_zero_point)$/, "compressed-tensors"],
	[/_blocks$/, "MXFP4"],
	[/\.(weight_scale_inv|weight_scale|input_scale)$/, "FP8"],
	[/\.(_data|_scale)$/, "Quanto"],
];

/** @throws TabTuneError "not-yet" naming the program and a tensor, if the weights are quantised */
export function refuseQuantisedFiles({ tensors }: TensorFile, names: readonly string[], where: string): void {
	const found = quantisedBy(tensors, names);
	if (found === null) return;
	throw new TabTuneError("not-yet", {
		what: modelsMessage("quantisedFiles", { program: found[0], tensor: found[1] }),
		where,
		next: modelsMessage("quantisedWeights.next"),
	});
}

function quantisedBy(tensors: TensorFile["tensors"], names: readonly string[]): readonly [string, string] | null {
	for (const [pattern, program] of KINDS) {
		const tensor = [...tensors.keys()].find((name) => pattern.test(name));
		if (tensor !== undefined) return [program, tensor];
	}
	for (const [name, { dtype, shape }] of tensors) {
		if (name.endsWith(".qweight")) return [packedRows(tensors, name, shape, names), name];
		// 32-bit words of packed values, with a scale and a bias for each group
		if (dtype === "U32" && tensors.has(name.replace(/\.weight$/, ".scales"))) return ["MLX", name];
		if (/^F8_/.test(dtype)) return ["FP8", name];
	}
	return null;
}

/** GPTQ packs rows of inputs into int32 words, [in / 8, out]; AWQ packs outputs, [in, out / 8]. Scales are [groups, out] in both. */
function packedRows(
	tensors: TensorFile["tensors"],
	name: string,
	shape: readonly number[],
	names: readonly string[],
): string {
	const [, outputs] = tensors.get(name.replace(/qweight$/, "scales"))?.shape ?? [];
	return names.includes("quantize_config.json") || shape[1] === outputs ? "GPTQ" : "AWQ";
}
