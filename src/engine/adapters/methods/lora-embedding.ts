// LoRA on the embedding, as `Embedding` in peft/tuners/lora/layer.py: the id's column of s · B · A is added to its embedding,
// without dropout. A starts at zero and B is normal, the reverse of a linear layer.
import { TabTuneError } from "../../../shared/errors.ts";
import { adaptersMessage } from "../../../shared/messages/adapters.en.ts";
import { pissaNiter } from "../../../shared/setting-values.ts";
import { add, embed, linear } from "../../graph/ops/index.ts";
import type { ForwardHooks } from "../../models/family.ts";
import { patternValue, targetedLinears } from "../../peft/targets.ts";
import { normal, Purpose } from "../../random.ts";
import type { AdapterMethod, LoraEmbedding, MethodScope } from "../adapter.ts";
import { declareTrainable, valuesOf } from "../trainable.ts";

/**
 * Places LoRA on the embedding if target_modules names it; "all-linear" does not.
 * @throws TabTuneError "adapter" for a rank over the embedding's width, and with DoRA, PiSSA or LoRA+
 */
export function loraEmbedding({ family, config, settings, methods, placement }: MethodScope): AdapterMethod | null {
	if (!methods.includes("lora")) return null;
	const module = family.embedding(config);
	if (!targetedLinears(family, config, settings).some(({ path }) => path === module.path)) return null;
	if (settings.lora_bias === true)
		throw new TabTuneError("adapter", {
			what: adaptersMessage("peftRefusesBoth", { first: "lora_bias", second: `LoRA on ${module.path}` }),
			where: "lora_bias",
			next: adaptersMessage("peftRefusesBoth.next"),
		});
	const other = settings.use_dora
		? "use_dora"
		: pissaNiter(settings.init_lora_weights) !== undefined
			? "init_lora_weights pissa"
			: settings.loraplus_lr_ratio !== 1
				? "loraplus_lr_ratio"
				: null;
	if (other !== null)
		throw new TabTuneError("adapter", {
			what: adaptersMessage("embeddingCombination", { other, path: module.path }),
			where: "target_modules",
			next: adaptersMessage("embeddingCombination.next"),
		});
	const r = patternValue(settings.rank_pattern, module.path, settings.r);
	const alpha = patternValue(settings.alpha_pattern, module.path, settings.lora_alpha);
	const most = settings.any_rank ? Number.POSITIVE_INFINITY : Math.min(module.rows, module.width);
	if (!Number.isInteger(r) || r < 1 || r > most)
		throw new TabTuneError("adapter", {
			what: adaptersMessage("embeddingRank", { r, path: module.path, rows: module.rows, width: module.width }),
			where: r === settings.r ? "r" : "rank_pattern",
			next: adaptersMessage("rank.next", { most }),
		});
	const A = placement.place(`${module.path}.lora_embedding_A`, [module.rows, r]);
	const table: LoraEmbedding = {
		module,
		r,
		scaling: settings.use_rslora ? alpha / Math.sqrt(r) : alpha / r,
		A,
		B: placement.place(`${module.path}.lora_embedding_B`, [module.width, r]),
	};
	return {
		tensors: [table.A, table.B],
		table,
		wrap: (hooks) => ({ ...hooks, embed: loraEmbed(table, hooks) }),
		init({ params }, { seed }) {
			valuesOf(params, table.A).fill(0);
			valuesOf(params, table.B).set(normal(module.width * r, 1, seed, Purpose.init, SALT));
		},
	};
}

/** Random streams from here on are not used by the linear modules, which count from 0. */
const SALT = 1 << 20;

function loraEmbed({ module, scaling, A, B }: LoraEmbedding, hooks: ForwardHooks): ForwardHooks["embed"] {
	return (builder, asked, inputs) => {
		const rows = hooks.embed(builder, asked, inputs); // [T, width]
		const { path, scale = 1 } = module;
		const low = embed(builder, `${path}.lora_embedding_A`, [inputs.ids, declareTrainable(builder, A)]); // [T, r]
		const update = linear(builder, `${path}.lora_embedding_B`, low, declareTrainable(builder, B), {
			scale: scaling * scale,
			adapter: true,
		}); // [T, width]
		return add(builder, `${path}.lora`, [rows, update]);
	};
}

/**
 * Adds the update to the embedding in place, as `get_delta_weight` of PEFT's Embedding does, in float64 sums.
 * @param W [rows, width] @param params the flat parameters
 */
export function mergeEmbedding(
	W: Float32Array,
	params: Float32Array,
	{ module, r, scaling, A, B }: LoraEmbedding,
): void {
	const [a, b] = [valuesOf(params, A), valuesOf(params, B)];
	for (let row = 0; row < module.rows; row++) {
		for (let column = 0; column < module.width; column++) {
			let sum = 0;
			for (let k = 0; k < r; k++) sum += a[row * r + k] * b[column * r + k];
			W[row * module.width + column] += scaling * sum;
		}
	}
}
