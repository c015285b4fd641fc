import { describe, expect, it } from "vitest";
import { TabTuneError } from "../../shared/errors.ts";
import { decodeToFloat32 } from "../formats/dtype.ts";
import { memoryFolder } from "../formats/model-folder.ts";
import { writeSafetensors } from "../formats/safetensors-write.ts";
import { errorOf, fixtureBytes, fixtureFolder, fixtureText, randomInts } from "../formats/test-tools.ts";
import { resolveSettings } from "../train/settings.ts";
import { FRESH_CONFIG } from "./lora-config.ts";
import { type PeftPart, parsePeftKey, peftKey, readPeftAdapter, writePeftAdapter } from "./lora-files.ts";

const CONFIG = fixtureText("peft-tiny/adapter_config.json");

describe("a folder written by PEFT", () => {
	it("is read with its configuration, modules, parts and values", async () => {
		const { config, tensors, warnings } = await readPeftAdapter(fixtureFolder("peft-tiny"));
		expect(config).toMatchObject({
			base_model_name_or_path: "tiny/llama-é",
			r: 2,
			lora_alpha: 4,
			lora_dropout: 0,
			rank_pattern: { q_proj: 3 },
			alpha_pattern: { "layers.1.self_attn.q_proj": 8 },
			use_rslora: false,
		});
		expect([...(config.target_modules ?? [])].sort()).toEqual(["down_proj", "q_proj"]);
		expect(config.others).toMatchObject({ peft_type: "LORA", peft_version: "0.21.2", task_type: "CAUSAL_LM" });
		expect(warnings).toEqual([]);
		expect(tensors).toHaveLength(8);
		expect(
			tensors.find(({ module, part }) => module === "model.layers.1.self_attn.q_proj" && part === "lora_B"),
		).toMatchObject({
			key: "base_model.model.model.layers.1.self_attn.q_proj.lora_B.weight",
			dtype: "F32",
			shape: [8, 3],
		});
	});

	it("is read in bfloat16 with DoRA's magnitudes", async () => {
		const { config, tensors } = await readPeftAdapter(fixtureFolder("peft-tiny-dora"));
		expect(config).toMatchObject({
			use_dora: true,
			use_rslora: true,
			lora_alpha: 2.5,
			lora_dropout: 1e-5,
			layers_to_transform: [1],
		});
		expect(tensors.map(({ part, dtype, shape }) => [part, dtype, shape])).toEqual([
			["lora_A", "BF16", [2, 8]],
			["lora_B", "BF16", [4, 2]],
			["lora_magnitude_vector", "BF16", [4]],
		]);
	});

	it.each(["peft-tiny", "peft-tiny-dora"])("%s is written again byte for byte", async (name) => {
		const { config, tensors } = await readPeftAdapter(fixtureFolder(name));
		const files = new Map(writePeftAdapter(config, tensors).map(({ path, bytes }) => [path, bytes]));
		expect([...files.keys()]).toEqual(["adapter_model.safetensors", "adapter_config.json", "README.md"]);
		expect(files.get("adapter_model.safetensors")).toEqual(fixtureBytes(`${name}/adapter_model.safetensors`));
		expect(new TextDecoder().decode(files.get("adapter_config.json"))).toBe(fixtureText(`${name}/adapter_config.json`));
	});

	it("is written in float32 from values", async () => {
		const { config, tensors } = await readPeftAdapter(fixtureFolder("peft-tiny"));
		const values = tensors.map(({ key, shape, dtype, bytes }) => ({
			key,
			shape,
			values: decodeToFloat32(bytes, dtype),
		}));
		const [weights] = writePeftAdapter(config, values.toReversed());
		expect(weights.bytes).toEqual(fixtureBytes("peft-tiny/adapter_model.safetensors"));
	});
});

it("the model card has the front matter that the Hub reads", () => {
	const config = {
		...FRESH_CONFIG,
		base_model_name_or_path: 'me/base: "x"',
		r: 16,
		target_modules: ["q_proj", "v_proj"],
	};
	const card = new TextDecoder().decode(writePeftAdapter(config, [])[2].bytes);
	expect(card.split("\n").slice(0, 10)).toEqual([
		"---",
		'base_model: "me/base: \\"x\\""',
		"library_name: peft",
		"pipeline_tag: text-generation",
		"tags:",
		'- "base_model:adapter:me/base: \\"x\\""',
		"- lora",
		"- tabtune",
		"- transformers",
		"---",
	]);
	expect(card).toContain("Rank 16");
	expect(card).toContain("q_proj, v_proj");
});

it("the model card states how the adapter was trained, and escapes the data set's name", () => {
	const settings = resolveSettings({ learning_rate: 2e-4 }, "the settings");
	const facts = {
		base: { parameters: 2_755_008, license: "MIT" },
		data: { name: "a|b <script> `c`", rows: 25, heldOutRows: 3 },
		settings,
		steps: 40,
		lastLoss: 0.5,
		firstEvalLoss: 2.3119,
		lastEvalLoss: 1.62,
	};
	const card = new TextDecoder().decode(writePeftAdapter(FRESH_CONFIG, [], facts)[2].bytes);
	expect(card).toContain("| Base | 2,755,008 parameters, licence: MIT |");
	expect(card).toContain("| Data | a\\|b \\<script\\> \\`c\\`: 25 rows, and 3 held out |");
	expect(card).toContain("| Held-out loss | 2.3119 before, 1.6200 after |");
	expect(card).toContain("| `learning_rate` | 0.0002 |");
	expect(new TextDecoder().decode(writePeftAdapter(FRESH_CONFIG, [])[2].bytes)).not.toContain("## Training");
});

describe("key names", () => {
	it.each<[string, string | null, PeftPart]>([
		["base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight", "model.layers.0.self_attn.q_proj", "lora_A"],
		["base_model.model.transformer.h.3.attn.c_attn.lora_B.weight", "transformer.h.3.attn.c_attn", "lora_B"],
		["base_model.model.lm_head.lora_B.bias", "lm_head", "lora_B.bias"],
		["base_model.model.model.embed_tokens.lora_embedding_A", "model.embed_tokens", "lora_embedding_A"],
		["base_model.model.model.embed_tokens.lora_embedding_B", "model.embed_tokens", "lora_embedding_B"],
		["base_model.model.a.q_proj.lora_magnitude_vector", "a.q_proj", "lora_magnitude_vector"],
		["base_model.model.lm_head.weight", null, "other"],
		["base_model.model.model.embed_tokens.base_layer.weight", null, "other"],
		["model.layers.0.self_attn.q_proj.lora_A.weight", null, "other"],
		["base_model.model.q_proj.lora_A.default.weight", null, "other"],
	])("%s", (key, module, part) => {
		expect(parsePeftKey(key)).toEqual({ module, part });
		if (module !== null && part !== "other") expect(peftKey(module, part)).toBe(key);
	});
});

describe("readPeftAdapter refuses", () => {
	const tensor = (key: string, shape: number[], dtype = "F32") => ({
		name: key,
		dtype,
		shape,
		bytes: new Uint8Array(shape.reduce((a, b) => a * b, dtype === "F32" ? 4 : 8)),
	});
	const A = "base_model.model.q_proj.lora_A.weight";
	const B = "base_model.model.q_proj.lora_B.weight";

	it.each<[string, Record<string, string | Uint8Array<ArrayBuffer>>, string]>([
		["an empty folder", {}, "adapter_config.json is missing (a)"],
		["a folder without weights", { "adapter_config.json": CONFIG }, "adapter_model.safetensors is missing"],
		["old weights", { "adapter_config.json": CONFIG, "adapter_model.bin": "" }, "adapter_model.bin is not supported"],
		[
			"broken weights",
			{ "adapter_config.json": CONFIG, "adapter_model.safetensors": "nonsense" },
			"a/adapter_model.safetensors",
		],
		[
			"no tensors",
			{ "adapter_config.json": CONFIG, "adapter_model.safetensors": writeSafetensors([], {}) },
			"contains no tensors",
		],
		[
			"whole numbers",
			{ "adapter_config.json": CONFIG, "adapter_model.safetensors": writeSafetensors([tensor(A, [1, 2], "I64")], {}) },
			`${A} is stored as I64`,
		],
		[
			"an A without its B",
			{ "adapter_config.json": CONFIG, "adapter_model.safetensors": writeSafetensors([tensor(A, [1, 2])], {}) },
			`${B} is missing`,
		],
		[
			"ranks that differ",
			{
				"adapter_config.json": CONFIG,
				"adapter_model.safetensors": writeSafetensors([tensor(A, [1, 2]), tensor(B, [2, 3])], {}),
			},
			"their ranks differ",
		],
		[
			"a flat matrix",
			{
				"adapter_config.json": CONFIG,
				"adapter_model.safetensors": writeSafetensors([tensor(A, [2]), tensor(B, [2, 1])], {}),
			},
			"has 1 dimensions",
		],
	])("%s", async (_, files, message) => {
		const error = await errorOf(() => readPeftAdapter(memoryFolder("a", files)));
		expect(error.code).toBe("adapter");
		expect(error.message).toContain(message);
		expect(error.parts.next).toBeTruthy();
	});

	it("damaged configurations with a TabTuneError and nothing else", async () => {
		const random = randomInts(23);
		const weights = fixtureBytes("peft-tiny/adapter_model.safetensors");
		for (let round = 0; round < 400; round++) {
			const at = random(CONFIG.length);
			const put = ["", '"', "null", "-1", "[]", "{}", "x", "1e999"][random(8)];
			const text = CONFIG.slice(0, at) + put + CONFIG.slice(at + random(5));
			try {
				const { config } = await readPeftAdapter(
					memoryFolder("a", { "adapter_config.json": text, "adapter_model.safetensors": weights }),
				);
				writePeftAdapter(config, []);
			} catch (error) {
				expect(error, text).toBeInstanceOf(TabTuneError);
			}
		}
	});
});
