import { describe, expect, it } from "vitest";
import { textOf } from "../../shared/messages/message.ts";
import { memoryFolder, writeSafetensors } from "../formats/index.ts";
import { adapterProblems, readPeftAdapter } from "./index.ts";

const Q = "base_model.model.model.layers.0.self_attn.q_proj";
const CONFIG = { peft_type: "LORA", r: 4, lora_alpha: 8, target_modules: ["q_proj"] };
interface Tensor {
	readonly shape: readonly number[];
	readonly fill?: number;
}
const PAIR: Readonly<Record<string, Tensor>> = {
	[`${Q}.lora_A.weight`]: { shape: [4, 8] },
	[`${Q}.lora_B.weight`]: { shape: [8, 4] },
};

async function problems(config: object, tensors: Readonly<Record<string, Tensor>> = PAIR) {
	const stored = Object.entries(tensors).map(([name, { shape, fill = 0.5 }]) => ({
		name,
		shape,
		dtype: "F32",
		bytes: new Uint8Array(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(fill).buffer),
	}));
	const folder = memoryFolder("a", {
		"adapter_config.json": JSON.stringify({ ...CONFIG, ...config }),
		"adapter_model.safetensors": writeSafetensors(stored, { format: "pt" }),
	});
	return adapterProblems(await readPeftAdapter(folder)).map(textOf);
}

describe("what a LoRA folder's own files show", () => {
	it("nothing in a folder whose files agree", async () => {
		const magnitude = { [`${Q}.lora_magnitude_vector`]: { shape: [8] } };
		const saved = { "base_model.model.lm_head.weight": { shape: [3, 8] } };
		expect(await problems({})).toEqual([]);
		expect(await problems({ r: 8, rank_pattern: { q_proj: 4 } })).toEqual([]);
		expect(await problems({ target_modules: ".*\\.q_proj" })).toEqual([]);
		expect(await problems({ target_modules: "all-linear" })).toEqual([]);
		expect(
			await problems({ use_dora: true, modules_to_save: ["lm_head"] }, { ...PAIR, ...magnitude, ...saved }),
		).toEqual([]);
	});

	it.each<[object, Readonly<Record<string, Tensor>>, string]>([
		[{ r: 8 }, {}, `${Q}.lora_A.weight has rank 4, but adapter_config.json says 8 (1 modules differ)`],
		[{ target_modules: ["k_proj"] }, {}, '1 modules have tensors, but target_modules ["k_proj"] does not match them'],
		[{ target_modules: ["q_proj", "k_proj"] }, {}, "target_modules names modules without tensors: k_proj"],
		[{ target_modules: ".*\\.v_proj" }, {}, "does not match them: model.layers.0.self_attn.q_proj"],
		[{ layers_to_transform: [3] }, {}, "does not match them"],
		[{ alpha_pattern: { v_proj: 2 } }, {}, "alpha_pattern has v_proj, which matches no module"],
		[{ modules_to_save: ["lm_head"] }, {}, "modules_to_save names modules without tensors: lm_head"],
		[
			{},
			{ "base_model.model.model.norm.weight": { shape: [8] } },
			"no setting names 1 tensors: base_model.model.model.norm.weight",
		],
		[{ use_dora: true }, {}, "use_dora is true, but 1 modules have no lora_magnitude_vector"],
		[
			{},
			{ [`${Q}.lora_magnitude_vector`]: { shape: [8] } },
			"use_dora is false, but 1 modules have a lora_magnitude_vector",
		],
		[{}, { [`${Q}.lora_B.weight`]: { shape: [8, 4], fill: 0 } }, "every lora_B is zero"],
	])("%j", async (config, tensors, words) => {
		const found = await problems(config, { ...PAIR, ...tensors });
		expect(found.join("; ")).toContain(words);
	});
});
