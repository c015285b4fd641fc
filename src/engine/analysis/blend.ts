// Several adapters of one base as one, as `add_weighted_adapter` in peft/tuners/lora/model.py (0.21) makes it. A module
// that an adapter lacks gets nothing of it. Unlike PEFT: the blend of rsLoRA adapters is written without rsLoRA, whose
// scaling PEFT applies a second time; and modules that layers_to_transform of the first adapter leaves out are kept.

import { TabTuneError } from "../../shared/errors.ts";
import { analysisMessage } from "../../shared/messages/analysis.en.ts";
import type { Message } from "../../shared/messages/message.ts";
import type { Adapter } from "../adapters/adapter.ts";
import type { BlendSettings, CombinationType } from "../api-rank.ts";
import { adapterFromFactors, everyLinear, highestRank, type LinearModel, type LowRank, lowRanks } from "./low-rank.ts";
import { matrixOf, svdOfProduct } from "./svd.ts";

export interface NamedAdapter {
	readonly name: string;
	readonly adapter: Adapter;
}

/** A module's update in one adapter, and the weight that adapter has. */
interface Weighted {
	readonly factors: LowRank;
	readonly weight: number;
}

/** How a module's updates become one of rank `rank` and scaling 1. */
const COMBINE: Readonly<Record<CombinationType, (parts: readonly Weighted[], rank: number) => LowRank>> = {
	linear,
	cat,
	svd,
};

/**
 * The blend as an adapter of its own.
 * @throws TabTuneError "usage" for weights or ranks that do not go together, "adapter" for adapters that cannot be blended:
 * another method than LoRA, other bases, ranks that differ under "linear".
 */
export function blendAdapters(
	model: LinearModel,
	adapters: readonly NamedAdapter[],
	{ weights, combination_type, svd_rank }: BlendSettings,
): Adapter {
	if (!Object.hasOwn(COMBINE, combination_type)) {
		throw new TabTuneError("usage", {
			what: analysisMessage("combinationType", { combination_type }),
			where: "combination_type",
			next: analysisMessage("combinationType.next"),
		});
	}
	if (adapters.length === 0 || weights.length !== adapters.length || !weights.every(Number.isFinite)) {
		throw new TabTuneError("usage", {
			what: analysisMessage("blendWeights", {
				adapters: adapters.length,
				count: weights.length,
				weights: weights.join(", "),
			}),
			where: "weights",
			next: analysisMessage("blendWeights.next"),
		});
	}
	sameBase(adapters);
	const parts = adapters.map(({ name, adapter }, index) => ({
		modules: new Map(lowRanks(adapter, name).map((factors) => [factors.path, factors])),
		weight: weights[index],
	}));
	// As in PEFT: one adapter alone can only be weighed.
	const type = adapters.length === 1 ? "linear" : combination_type;
	if (type === "linear") sameRanks(adapters);
	const rank = blendRank(adapters, type, svd_rank);
	const blended = everyLinear(model).flatMap(({ path, in: columns, out }) => {
		const weighted = parts.flatMap(({ modules, weight }) => {
			const factors = modules.get(path);
			return factors === undefined ? [] : [{ factors, weight }];
		});
		if (weighted.length === 0) return [];
		if (type !== "linear" && rank > Math.min(columns, out)) {
			throw new TabTuneError("usage", {
				what: analysisMessage("blendRank", { rank, path, out, columns }),
				where: type === "cat" ? "combination_type" : "svd_rank",
				next: analysisMessage("blendRank.next", { rank: Math.min(columns, out) }),
			});
		}
		return [COMBINE[type](weighted, rank)];
	});
	return adapterFromFactors(model, blended, adapters[0].adapter, false);
}

/** A = sum of ± sqrt(|w s|) Aᵢ and B = sum of sqrt(|w s|) Bᵢ: cross terms stay, so it is close to the weighted sum only. */
function linear(parts: readonly Weighted[]): LowRank {
	const [{ factors: first }] = parts;
	const A = new Float64Array(first.A.length);
	const B = new Float64Array(first.B.length);
	for (const { factors, weight } of parts) {
		const scaled = weight * factors.scaling;
		const root = Math.sqrt(Math.abs(scaled));
		const signed = scaled >= 0 ? root : -root;
		for (let i = 0; i < A.length; i++) A[i] += signed * factors.A[i];
		for (let i = 0; i < B.length; i++) B[i] += root * factors.B[i];
	}
	return { ...first, scaling: 1, A: Float32Array.from(A), B: Float32Array.from(B) };
}

/** The factors side by side, w s in A; zero behind them up to `rank`. The weighted sum exactly. */
function cat(parts: readonly Weighted[], rank: number): LowRank {
	const [{ factors: first }] = parts;
	const A = new Float32Array(rank * first.in);
	const B = new Float32Array(first.out * rank);
	let from = 0;
	for (const { factors, weight } of parts) {
		const { r } = factors;
		factors.A.forEach((value, i) => {
			A[from * first.in + i] = value * weight * factors.scaling;
		});
		for (let row = 0; row < first.out; row++) B.set(factors.B.subarray(row * r, (row + 1) * r), row * rank + from);
		from += r;
	}
	return { ...first, r: rank, scaling: 1, A, B };
}

/** The best rank-`rank` approximation of the weighted sum: A = Vᵀ, B = U S. */
function svd(parts: readonly Weighted[], rank: number): LowRank {
	const [{ factors: first }] = parts;
	const total = parts.reduce((sum, { factors }) => sum + factors.r, 0);
	const stacked = cat(parts, total);
	const { S, U, V } = svdOfProduct(
		matrixOf(stacked.B, first.out, total),
		matrixOf(stacked.A, total, first.in).transpose(),
	);
	const A = new Float32Array(rank * first.in);
	const B = new Float32Array(first.out * rank);
	for (let k = 0; k < Math.min(rank, S.length); k++) {
		A.set(V[k], k * first.in);
		for (let row = 0; row < first.out; row++) B[row * rank + k] = U[k][row] * S[k];
	}
	return { ...first, r: rank, scaling: 1, A, B };
}

function blendRank(adapters: readonly NamedAdapter[], type: CombinationType, svd_rank: number | null): number {
	const ranks = adapters.map(({ adapter }) => highestRank(adapter));
	if (type === "cat") return ranks.reduce((sum, rank) => sum + rank, 0);
	if (type === "svd" && svd_rank !== null && !(Number.isInteger(svd_rank) && svd_rank >= 1)) {
		throw new TabTuneError("usage", {
			what: analysisMessage("svdRank", { svd_rank }),
			where: "svd_rank",
			next: analysisMessage("wholeFrom", { least: 1 }),
		});
	}
	return (type === "svd" ? svd_rank : null) ?? Math.max(...ranks);
}

/** Under "linear" matrices are added, so their ranks must be the same: those of the adapters and of each module. */
function sameRanks(adapters: readonly NamedAdapter[]): void {
	const refuse = (modules: Message, ranks: readonly (readonly [string, number])[]) => {
		if (new Set(ranks.map(([, rank]) => rank)).size < 2) return;
		throw new TabTuneError("adapter", {
			what: analysisMessage("differentRanks", {
				modules,
				ranks: ranks.map(([name, rank]) => `${name} ${rank}`).join(", "),
			}),
			where: "linear",
			next: analysisMessage("differentRanks.next"),
		});
	};
	refuse(
		analysisMessage("theAdapters"),
		adapters.map(({ name, adapter }) => [name, highestRank(adapter)] as const),
	);
	const byPath = new Map<string, (readonly [string, number])[]>();
	for (const { name, adapter } of adapters)
		for (const { path, r } of lowRanks(adapter, name)) byPath.set(path, [...(byPath.get(path) ?? []), [name, r]]);
	for (const [path, ranks] of byPath) refuse(analysisMessage("matricesOf", { path }), ranks);
}

/** Bases by the last part of their name: a folder and a Hub's id of one model have the same. */
function sameBase(adapters: readonly NamedAdapter[]): void {
	const named = adapters.flatMap(({ name, adapter }) => {
		const base = adapter.config?.base_model_name_or_path ?? null;
		return base === null
			? []
			: [
					{
						name,
						base,
						key: base
							.replace(/[/\\]+$/, "")
							.split(/[/\\]/)
							.at(-1),
					},
				];
	});
	const other = named.find(({ key }) => key !== named[0].key);
	if (other === undefined) return;
	throw new TabTuneError("adapter", {
		what: analysisMessage("differentBases", {
			first: named[0].name,
			firstBase: named[0].base,
			second: other.name,
			secondBase: other.base,
		}),
		where: "base_model_name_or_path",
		next: analysisMessage("differentBases.next"),
	});
}
