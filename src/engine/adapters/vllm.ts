// Exports LoRA for vLLM, which reads one r and one lora_alpha for all modules and serves adapters of some families only
// (vllm/lora/peft_helper.py and vllm/config/lora.py).
import { TabTuneError } from "../../shared/errors.ts";
import { adaptersMessage } from "../../shared/messages/index.ts";
import type { LoadedModel } from "../models/load.ts";
import type { PeftFile } from "../peft/lora-files.ts";
import type { Adapter } from "./adapter.ts";
import { adapterFiles } from "./adapter-files.ts";
import { plainLora } from "./consumers.ts";
import { adapterLayout } from "./layout.ts";
import { valuesOf } from "./trainable.ts";

/** The values that --max-lora-rank accepts (MaxLoRARanks); 16 is its default. */
const RANKS: readonly number[] = [1, 8, 16, 32, 64, 128, 256, 320, 512];
const DEFAULT_RANK = 16;

/** A PEFT folder, and the option that vLLM needs to serve it. */
interface VllmExport {
	readonly files: readonly PeftFile[];
	/** "--max-lora-rank 32", or null where the default is enough. */
	readonly option: string | null;
}

/** @throws TabTuneError "adapter" with the reason when vLLM would refuse the adapter or read it wrongly */
export function vllmFiles(model: LoadedModel, adapter: Adapter): VllmExport {
	const { model_type } = model.config;
	const refuse = (what: ReturnType<typeof adaptersMessage>) =>
		new TabTuneError("adapter", { what, where: "adapter_config.json", next: adaptersMessage("merge.next") });
	if (model.family.servedByVllm === false) throw refuse(adaptersMessage("vllmFamily", { model_type }));
	const plain = plainLora(model, adapter, "vLLM");
	const uniform = isUniform(plain) ? plain : uniformAdapter(model, plain);
	const { r } = uniform.layout.settings;
	const most = RANKS.find((rank) => rank >= r);
	if (most === undefined) throw refuse(adaptersMessage("vllmRank", { r, most: RANKS[RANKS.length - 1] }));
	return {
		files: adapterFiles(model, uniform),
		option: most > DEFAULT_RANK ? `--max-lora-rank ${most}` : null,
	};
}

/** Whether r and lora_alpha of the configuration alone say the rank and the scaling of every module. */
function isUniform({ layout: { settings, modules } }: Adapter): boolean {
	const { r, lora_alpha, use_rslora, rank_pattern, alpha_pattern } = settings;
	const scaling = lora_alpha / (use_rslora ? Math.sqrt(r) : r);
	const patterns = Object.keys({ ...rank_pattern, ...alpha_pattern }).length > 0;
	return !patterns && modules.every((module) => module.r === r && module.scaling === scaling);
}

/** The same adapter with one rank and one alpha: smaller ranks are padded with zeros, the rest of a scaling is in B. */
function uniformAdapter(model: LoadedModel, { layout, params, config, facts }: Adapter): Adapter {
	const r = Math.max(...layout.modules.map((module) => module.r));
	const scaling = layout.modules[0].scaling || 1;
	const uniform = adapterLayout(model, {
		...layout.settings,
		r,
		lora_alpha: scaling * r,
		use_rslora: false,
		rank_pattern: {},
		alpha_pattern: {},
		any_rank: true,
	});
	const out = new Float32Array(uniform.size);
	uniform.modules.forEach((to, i) => {
		const from = layout.modules[i];
		valuesOf(out, to.A).set(valuesOf(params, from.A)); // rows beyond from.r stay zero
		const [B, wide] = [valuesOf(params, from.B), valuesOf(out, to.B)];
		const factor = from.scaling / scaling;
		for (let row = 0; row < from.module.out; row++)
			for (let k = 0; k < from.r; k++) wide[row * r + k] = B[row * from.r + k] * factor;
	});
	return { layout: uniform, params: out, config, stored: null, facts };
}
