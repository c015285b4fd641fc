// LoRA on the embedding, as `Embedding` in peft/tuners/lora/layer.py: the id's column of s · B · A is added to its embedding,
// without dropout. A starts at zero and B is normal, the reverse of a linear layer. With DoRA, each column of the embedding is
// scaled to a trained norm over all ids (`DoraEmbeddingVariant` of peft/tuners/lora/variants.py).
import { TabTuneError } from "../../../shared/errors.ts";
import { adaptersMessage } from "../../../shared/messages/index.ts";
import { pissaNiter } from "../../../shared/setting-values.ts";
import type { GraphBuilder } from "../../graph/builder.ts";
import type { TensorSpec } from "../../graph/ir.ts";
import { add, doraGain, doraNorm, embed, linear, matmul, scaleColumns } from "../../graph/ops/index.ts";
import type { ForwardHooks } from "../../models/family.ts";
import { patternValue, targetedLinears } from "../../peft/targets.ts";
import { normal, Purpose } from "../../random.ts";
import type { AdapterMethod, InitScope, LoraEmbedding, MethodScope } from "../adapter.ts";
import { declareFrozen, declareTrainable, valuesOf } from "../trainable.ts";

/**
 * Places LoRA on the embedding if target_modules names it; "all-linear" does not.
 * @throws TabTuneError "adapter" for a rank over the embedding's width, and with PiSSA or LoRA+
 */
export function loraEmbedding(scope: MethodScope): AdapterMethod | null {
	const { family, config, settings, methods, placement, frozen } = scope;
	if (!methods.includes("lora")) return null;
	const module = family.embedding(config);
	if (!targetedLinears(family, config, settings).some(({ path }) => path === module.path)) return null;
	if (settings.lora_bias === true)
		throw new TabTuneError("adapter", {
			what: adaptersMessage("peftRefusesBoth", { first: "lora_bias", second: `LoRA on ${module.path}` }),
			where: "lora_bias",
			next: adaptersMessage("peftRefusesBoth.next"),
		});
	const other =
		pissaNiter(settings.init_lora_weights) !== undefined
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
		dora: settings.use_dora
			? {
					magnitude: placement.place(`${module.path}.lora_magnitude_vector`, [module.width]),
					squares: frozen.place(`${module.path}.lora_embedding.squares`, [module.width]),
				}
			: null,
	};
	const { dora } = table;
	const original = async (values: Float32Array, weight: InitScope["weight"]) => {
		if (dora !== null) valuesOf(values, dora.squares).set(columnSquares(await weight(`${module.path}.weight`), table));
	};
	return {
		tensors: [table.A, table.B, ...(dora === null ? [] : [dora.magnitude])],
		table,
		wrap: (hooks) => ({ ...hooks, embed: loraEmbed(table, hooks) }),
		original,
		async init({ params, frozen: values }, { seed, weight }) {
			valuesOf(params, table.A).fill(0);
			valuesOf(params, table.B).set(normal(module.width * r, 1, seed, Purpose.init, SALT));
			await original(values, weight);
			if (dora !== null) valuesOf(params, dora.magnitude).set(valuesOf(values, dora.squares).map(Math.sqrt));
		},
	};
}

/** The sum of squares of each column. W: [rows, width] → [width] */
function columnSquares(W: Float32Array, { module: { width } }: LoraEmbedding): Float64Array {
	const squares = new Float64Array(width);
	for (let i = 0; i < W.length; i++) squares[i % width] += W[i] ** 2;
	return squares;
}

/** Random streams from here on are not used by the linear modules, which count from 0. */
const SALT = 1 << 20;

function loraEmbed(table: LoraEmbedding, hooks: ForwardHooks): ForwardHooks["embed"] {
	const { module, scaling, dora } = table;
	return (builder, asked, inputs) => {
		const rows = hooks.embed(builder, asked, inputs); // [T, width]
		const { path, scale = 1 } = module;
		const [A, B] = [declareTrainable(builder, table.A), declareTrainable(builder, table.B)];
		const low = embed(builder, `${path}.lora_embedding_A`, [inputs.ids, A]); // [T, r]
		const update = linear(builder, `${path}.lora_embedding_B`, low, B, { scale: scaling * scale, adapter: true }); // [T, width]
		const sum = add(builder, `${path}.lora`, [rows, update]);
		if (dora === null) return sum;
		const W = hooks.weight(builder, `${path}.weight`); // [rows, width]
		const AW = transposedProduct(builder, `${path}.lora_embedding_A.base`, A, W); // [r, width]
		const AA = transposedProduct(builder, `${path}.lora_embedding_A.square`, A, A); // [r, r]
		const squares = declareFrozen(builder, dora.squares);
		const norm = doraNorm(builder, `${path}.norm`, [squares, AW, AA, B], { scale: scaling }); // [width]
		const gain = doraGain(builder, `${path}.gain`, [declareTrainable(builder, dora.magnitude), norm]);
		return scaleColumns(builder, `${path}.scaled`, [sum, gain], { bias: false });
	};
}

/** aᵀ · b. a: [K, M], b: [K, N] → [M, N] */
const transposedProduct = (builder: GraphBuilder, name: string, a: TensorSpec, b: TensorSpec): TensorSpec =>
	matmul(builder, name, [a, b], {
		segments: [{ transposeA: true, transposeB: false, scale: 1, adapter: false }],
		accumulate: false,
		bias: false,
	});

/**
 * Adds the update to the embedding in place, as `get_delta_weight` of PEFT's Embedding does, in float64 sums, and with DoRA scales
 * its columns.
 * @param W [rows, width] @param params the flat parameters
 */
export function mergeEmbedding(
	W: Float32Array,
	params: Float32Array,
	{ module, r, scaling, A, B, dora }: LoraEmbedding,
): void {
	const [a, b] = [valuesOf(params, A), valuesOf(params, B)];
	const merged = (row: number, column: number): number => {
		let sum = 0;
		for (let k = 0; k < r; k++) sum += a[row * r + k] * b[column * r + k];
		return W[row * module.width + column] + scaling * sum;
	};
	const gains = new Float64Array(module.width).fill(1);
	if (dora !== null) {
		const squares = new Float64Array(module.width);
		for (let row = 0; row < module.rows; row++)
			for (let column = 0; column < module.width; column++) squares[column] += merged(row, column) ** 2;
		gains.set(Float64Array.from(valuesOf(params, dora.magnitude), (m, column) => m / Math.sqrt(squares[column])));
	}
	for (let row = 0; row < module.rows; row++)
		for (let column = 0; column < module.width; column++)
			W[row * module.width + column] = gains[column] * merged(row, column);
}
