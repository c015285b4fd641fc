// Names of tensors that other programs give: those that are understood, and those that are reported.
import { describe, expect, it } from "vitest";
import { type ModelFolder, memoryFolder, writeSafetensors } from "../formats/index.ts";
import { errorOf } from "../formats/test-tools.ts";
import { readModelConfig } from "./config.ts";
import { llama } from "./llama.ts";
import { openModelFiles } from "./load.ts";

const CONFIG = {
	model_type: "llama",
	hidden_size: 8,
	intermediate_size: 16,
	num_hidden_layers: 1,
	num_attention_heads: 2,
	num_key_value_heads: 1,
	vocab_size: 10,
};
type Shapes = Readonly<Record<string, { readonly shape: readonly number[]; readonly dtype?: string }>>;

/** The shapes of the family's weights. */
async function shapesOf(config: object = CONFIG): Promise<Shapes> {
	const read = await readModelConfig(memoryFolder("m", { "config.json": JSON.stringify(config) }));
	return Object.fromEntries(llama.weights(read).map(({ name, shape }) => [name, { shape }]));
}

const BYTES: Readonly<Record<string, number>> = { F32: 4, U32: 4, I32: 4, U8: 1, F8_E4M3: 1 };

function folder(shapes: Shapes, config: object = CONFIG, files: Readonly<Record<string, string>> = {}): ModelFolder {
	const tensors = Object.entries(shapes).map(([name, { shape, dtype = "F32" }]) => ({
		name,
		shape,
		dtype,
		bytes: new Uint8Array(shape.reduce((a, b) => a * b, BYTES[dtype])),
	}));
	return memoryFolder("m", {
		"config.json": JSON.stringify(config),
		"model.safetensors": writeSafetensors(tensors, { format: "pt" }),
		...files,
	});
}

const renamed = (shapes: Shapes, rename: (name: string) => string): Shapes =>
	Object.fromEntries(Object.entries(shapes).map(([name, entry]) => [rename(name), entry]));
const open = (shapes: Shapes, config?: object, files?: Readonly<Record<string, string>>) =>
	openModelFiles(folder(shapes, config, files), "m");

describe("prefixes", () => {
	it.each<[string, (name: string) => string]>([
		["AutoModel's", (name) => name.replace(/^model\./, "")],
		["a model with vision", (name) => `language_model.${name}`],
		["the newer model with vision", (name) => name.replace(/^model\./, "model.language_model.")],
		["DDP's", (name) => `module.${name}`],
		["torch.compile's", (name) => `_orig_mod.${name}`],
		["torch.compile's inside", (name) => name.replace("layers.0.", "layers.0._orig_mod.")],
		["DDP's around torch.compile's", (name) => `module._orig_mod.${name}`],
		["PEFT's", (name) => `base_model.model.${name}`],
	])("%s are understood", async (_, rename) => {
		const model = await open(renamed(await shapesOf(), rename));
		expect(model.parameters).toBeGreaterThan(0);
		expect((await model.files.readTensor("model.norm.weight")).length).toBe(32);
	});

	it("tensors of a vision part and of rotary buffers are left out", async () => {
		const shapes = renamed(await shapesOf(), (name) => `language_model.${name}`);
		const more = {
			"vision_tower.conv.weight": { shape: [3] },
			"language_model.model.layers.0.self_attn.rotary_emb.inv_freq": { shape: [2] },
		};
		expect((await open({ ...shapes, ...more })).parameters).toBeGreaterThan(0);
	});
});

describe("what does not fit is named", () => {
	const fails = async (shapes: Shapes, config?: object, files?: Readonly<Record<string, string>>) =>
		(await errorOf(() => open(shapes, config, files))).message;

	it("tensors without a use", async () => {
		const shapes = {
			...(await shapesOf()),
			"model.layers.0.self_attn.q_proj.bias": { shape: [8] },
			"model.layers.1.input_layernorm.weight": { shape: [8] },
		};
		expect(await fails(shapes)).toContain(
			"2 tensors have no use in a llama model: model.layers.0.self_attn.q_proj.bias, model.layers.1.input_layernorm.weight (m): use the config.json",
		);
	});

	it("missing weights, with other names that the file has", async () => {
		const shapes = await shapesOf();
		const words = await fails(renamed(shapes, (name) => name.replace("q_proj", "query").replace("k_proj", "key")));
		expect(words).toContain(
			"2 of 12 weights are missing: model.layers.0.self_attn.q_proj.weight, model.layers.0.self_attn.k_proj.weight",
		);
		expect(words).toContain("these have model.layers.0.self_attn.key.weight");
	});

	it("a missing head, which AutoModel does not save", async () => {
		const { "lm_head.weight": _head, ...shapes } = await shapesOf();
		expect(await fails(shapes)).toContain("lm_head.weight is missing (m): the folder was saved without its head");
		expect((await open(shapes, { ...CONFIG, tie_word_embeddings: true })).parameters).toBeGreaterThan(0);
	});

	it("shapes that disagree with config.json, with their number", async () => {
		expect(await fails(await shapesOf({ ...CONFIG, hidden_size: 16 }))).toMatch(
			/model\.embed_tokens\.weight is \[10, 16\], but config\.json says \[10, 8\]; 11 other weights disagree/,
		);
	});

	const PROJECTION = "model.layers.0.self_attn.q_proj";
	const packed = async (more: Shapes) => {
		const { [`${PROJECTION}.weight`]: _weight, ...rest } = await shapesOf();
		return { ...rest, ...more };
	};
	it.each<[string, Shapes, Readonly<Record<string, string>>]>([
		[
			"GPTQ",
			{ [`${PROJECTION}.qweight`]: { shape: [1, 8], dtype: "I32" }, [`${PROJECTION}.scales`]: { shape: [1, 8] } },
			{},
		],
		["GPTQ", { [`${PROJECTION}.qweight`]: { shape: [1, 8], dtype: "I32" } }, { "quantize_config.json": "{}" }],
		[
			"AWQ",
			{ [`${PROJECTION}.qweight`]: { shape: [8, 1], dtype: "I32" }, [`${PROJECTION}.scales`]: { shape: [1, 8] } },
			{},
		],
		[
			"MLX",
			{
				[`${PROJECTION}.weight`]: { shape: [8, 1], dtype: "U32" },
				[`${PROJECTION}.scales`]: { shape: [8, 1] },
				[`${PROJECTION}.biases`]: { shape: [8, 1] },
			},
			{},
		],
		[
			"bitsandbytes",
			{ [`${PROJECTION}.weight`]: { shape: [32, 1], dtype: "U8" }, [`${PROJECTION}.weight.absmax`]: { shape: [1] } },
			{},
		],
		[
			"bitsandbytes",
			{ [`${PROJECTION}.weight`]: { shape: [8, 8], dtype: "U8" }, [`${PROJECTION}.SCB`]: { shape: [8] } },
			{},
		],
		["FP8", { [`${PROJECTION}.weight`]: { shape: [8, 8], dtype: "F8_E4M3" } }, {}],
	])("weights quantised by %s", async (program, tensors, files) => {
		expect(await fails(await packed(tensors), CONFIG, files)).toContain(
			`these are weights that ${program} quantised (${PROJECTION}`,
		);
	});
});
