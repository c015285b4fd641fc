// Test helper: the adapters of fixtures/spectra.* with their model, and the results of numpy and PEFT for them.
import { readFileSync } from "node:fs";
import { tensorsOf } from "../../cli/test-cli.ts";
import type { Adapter, AdapterSettings } from "../adapters/adapter.ts";
import { adapterLayout } from "../adapters/layout.ts";
import { valuesOf } from "../adapters/trainable.ts";
import type { BlendSettings } from "../api-rank.ts";
import { llama } from "../models/llama.ts";
import type { ModelConfig } from "../models/model-config.ts";
import { type LinearModel, type LowRank, lowRanks } from "./low-rank.ts";

interface Expected {
	size: { hidden: number; wide: number; layers: number; heads: number; kvHeads: number; headDim: number };
	adapters: Record<string, Partial<AdapterSettings>>;
	spectra: Record<
		string,
		Record<string, { singular_values: number[]; effective_rank: number; frobenius_norm: number; spectral_norm: number }>
	>;
	overlaps: [string, string][];
	blends: (BlendSettings & { adapters: string[]; r: number; scaling: number })[];
}

export const expected: Expected = JSON.parse(readFileSync("fixtures/spectra.json", "utf8"));
export const tensors = await tensorsOf(new Uint8Array(readFileSync("fixtures/spectra.safetensors")), "spectra");

export function llamaOf(size: Expected["size"]): LinearModel {
	const config = {
		hidden_size: size.hidden,
		intermediate_size: size.wide,
		num_hidden_layers: size.layers,
		num_attention_heads: size.heads,
		num_key_value_heads: size.kvHeads,
		head_dim: size.headDim,
		attention_bias: false,
		mlp_bias: false,
	} as ModelConfig;
	return { family: llama, config };
}

export const model = llamaOf(expected.size);

export const PLAIN: AdapterSettings = {
	r: 8,
	lora_alpha: 8,
	lora_dropout: 0,
	use_rslora: false,
	use_dora: false,
	rank_pattern: {},
	alpha_pattern: {},
	init_lora_weights: true,
	loraplus_lr_ratio: 1,
	target_modules: "all-linear",
};

/** An adapter with the values that `elementOf` gives each tensor's elements. */
export function adapterWith(
	over: LinearModel,
	settings: Partial<AdapterSettings>,
	elementOf: (name: string, element: number) => number,
): Adapter {
	const layout = adapterLayout(over, { ...PLAIN, ...settings });
	const params = new Float32Array(layout.size);
	for (const tensor of layout.tensors) {
		const values = valuesOf(params, tensor);
		for (let i = 0; i < values.length; i++) values[i] = elementOf(tensor.name, i);
	}
	return { layout, params, config: null, stored: null };
}

/** An adapter of the fixture. */
export function fixtureAdapter(name: string): Adapter {
	const found = (tensor: string) => {
		const key = `${name}/${tensor.replace(/\.(lora_[AB])\.weight$/, "/$1")}`;
		const stored = tensors.get(key);
		if (stored === undefined) throw new Error(`the fixture has no ${key}`);
		return stored.values;
	};
	return adapterWith(model, expected.adapters[name], (tensor, element) => found(tensor)[element]);
}

/** The product s · B · A of each module, [out, in]. */
export function products(adapter: Adapter): Map<string, Float64Array> {
	return new Map(lowRanks(adapter, "test").map((factors) => [factors.path, product(factors)]));
}

export function product({ in: columns, out, r, scaling, A, B }: LowRank): Float64Array {
	const found = new Float64Array(out * columns);
	for (let row = 0; row < out; row++)
		for (let k = 0; k < r; k++)
			for (let column = 0; column < columns; column++)
				found[row * columns + column] += scaling * B[row * r + k] * A[k * columns + column];
	return found;
}
