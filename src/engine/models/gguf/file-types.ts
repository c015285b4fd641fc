// The file types of llama.cpp that a merged model is written in, and the type of each tensor, as `llama-quantize` chooses it without an
// importance matrix (`llama_tensor_get_type` in llama-quant.cpp). To add a file type, add its name to shared/gguf-dtypes.ts and a line to
// FILE_TYPES.
import type { GgufDType } from "../../../shared/gguf-dtypes.ts";
import { blockSize, isQuantisedGgufType, type QuantisedGgufType } from "../../formats/gguf-quantise/quantise.ts";
import type { ModelConfig } from "../model-config.ts";

export type GgufTensorType = QuantisedGgufType | "F32" | "F16" | "BF16";

/** The type of most matrices and `general.file_type` (`llama_ftype` in llama.h). */
const FILE_TYPES: Readonly<Record<GgufDType, { readonly type: GgufTensorType; readonly number: number }>> = {
	float32: { type: "F32", number: 0 },
	float16: { type: "F16", number: 1 },
	bfloat16: { type: "BF16", number: 32 },
	q4_0: { type: "Q4_0", number: 2 },
	q5_0: { type: "Q5_0", number: 8 },
	q5_1: { type: "Q5_1", number: 9 },
	q8_0: { type: "Q8_0", number: 7 },
	q4_k_s: { type: "Q4_K", number: 14 },
	q4_k_m: { type: "Q4_K", number: 15 },
	q5_k_s: { type: "Q5_K", number: 16 },
	q5_k_m: { type: "Q5_K", number: 17 },
	q6_k: { type: "Q6_K", number: 18 },
};

/** llama.cpp's names of the types without blocks. */
const OTHER_NAMES: Readonly<Record<string, GgufDType>> = { f32: "float32", f16: "float16", bf16: "bfloat16" };

/** The file type with a name in any case ("Q4_K_M"); undefined if there is none. */
export function ggufDType(name: string): GgufDType | undefined {
	const lower = name.toLowerCase();
	if (Object.hasOwn(FILE_TYPES, lower)) return lower as GgufDType;
	return Object.hasOwn(OTHER_NAMES, lower) ? OTHER_NAMES[lower] : undefined;
}

export const ggufFileType = (dtype: GgufDType): number => FILE_TYPES[dtype].number;

export interface NamedTensor {
	/** llama.cpp's name. */
	readonly name: string;
	readonly shape: readonly number[];
}

/** The order of tensors in llama.cpp (`weight_name_comparer` in llama-model-loader.h): those of no layer, then by layer and name. */
export function byLayerAndName(a: NamedTensor, b: NamedTensor): number {
	const layer = ({ name }: NamedTensor) => Number(/^blk\.(\d+)\./.exec(name)?.[1] ?? -1);
	return layer(a) - layer(b) || (a.name < b.name ? -1 : 1);
}

/** Whether a layer of the mixes _M has more bits: the first and last eighth, and every third between them. */
function hasMoreBits(layer: number, layers: number): boolean {
	const eighth = Math.floor(layers / 8);
	return layer < eighth || layer >= Math.floor((7 * layers) / 8) || (layer - eighth) % 3 === 2;
}

/** Types for rows that are not whole super-blocks. */
const NARROWER: Partial<Record<GgufTensorType, GgufTensorType>> = { Q4_K: "Q5_0", Q5_K: "Q5_1", Q6_K: "Q8_0" };

const fits = (type: GgufTensorType, width: number): boolean =>
	!isQuantisedGgufType(type) || width % blockSize(type).elements === 0;

/**
 * The type of each tensor. Norms, biases and learned positions are float32, as in llama.cpp's converter.
 * @param tensors sorted by `byLayerAndName`
 */
export function ggufTensorTypes(
	dtype: GgufDType,
	tensors: readonly NamedTensor[],
	architecture: string,
	config: Pick<ModelConfig, "num_hidden_layers" | "num_attention_heads" | "num_key_value_heads">,
): GgufTensorType[] {
	const { type } = FILE_TYPES[dtype];
	const { num_hidden_layers: layers } = config;
	const isValue = ({ name }: NamedTensor) => /attn_(v|qkv)\.weight$/.test(name);
	const valueLayers = tensors.filter(isValue).length;
	const tied = !tensors.some(({ name }) => name === "output.weight");
	const [mixed, small] = [dtype.endsWith("_k_m"), dtype === "q4_k_s"];
	// The models with 70B parameters (LLM_TYPE_70B in llama-model.cpp).
	const shared = config.num_attention_heads !== config.num_key_value_heads;
	const is70B = layers === 80 && (architecture === "qwen2" || (architecture === "llama" && shared));
	let valueLayer = 0;
	let downLayer = 0;
	const ofMatrix = (tensor: NamedTensor): GgufTensorType => {
		const { name, shape } = tensor;
		if (name === "output.weight" || (tied && name === "token_embd.weight"))
			return type === "Q8_0" || !fits(type, shape[shape.length - 1]) ? "Q8_0" : "Q6_K";
		if (isValue(tensor)) {
			const layer = valueLayer++;
			if (mixed && hasMoreBits(layer, valueLayers)) return "Q6_K";
			if (small && layer < 4) return "Q5_K";
			return is70B && type === "Q4_K" ? "Q5_K" : type;
		}
		if (/ffn_down\.weight$/.test(name)) {
			const layer = downLayer++;
			if (mixed && hasMoreBits(layer, layers)) return "Q6_K";
			if (small && layer < Math.floor(layers / 8)) return "Q5_K";
		}
		return type;
	};
	return tensors.map((tensor) => {
		const width = tensor.shape[tensor.shape.length - 1];
		if (tensor.shape.length === 1 || tensor.name === "position_embd.weight") return "F32";
		if (!isQuantisedGgufType(type)) return type;
		const chosen = ofMatrix(tensor);
		const fallback = fits(chosen, width) ? chosen : (NARROWER[chosen] ?? "F16");
		return fits(fallback, width) ? fallback : "F16";
	});
}
