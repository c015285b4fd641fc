// Combines several adapters of one base, like `add_weighted_adapter` in peft/tuners/lora/model.py (0.21). An adapter adds
// nothing to modules that it does not have. It differs from PEFT in two ways: the blend of rsLoRA adapters is written without rsLoRA,
// whose scaling PEFT applies twice, and modules that layers_to_transform of the first adapter excludes are kept.

import { TabTuneError } from "../../shared/errors.ts";
import { analysisMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import type { Adapter } from "../adapters/adapter.ts";
import type { BlendSettings, CombinationType } from "../api-rank.ts";
import { adapterFromFactors, everyModule, highestRank, type LinearModel, type LowRank, lowRanks } from "./low-rank.ts";
import { matrixOf, svdOfProduct } from "./svd.ts";

export interface NamedAdapter {
	readonly name: string;
	readonly adapter: Adapter;
}

/** A module's update in one adapter, with the adapter's weight. */
interface Weighted {
	readonly factors: LowRank;
	readonly weight: number;
}

/** Combines a module's updates into one of rank `rank` and scaling 1. */
const COMBINE: Readonly<Record<CombinationType, (parts: readonly Weighted[], rank: number) => LowRank>> = {
	linear,
	cat,
	svd,
};

/**
 * Blends adapters into a new one.
 * @throws TabTuneError "usage" for inconsistent weights or ranks, "adapter" for adapters that cannot be blended: methods other
 * than LoRA, different bases, different ranks with "linear".
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
	// As in PEFT, a single adapter can only be scaled.
	const type = adapters.length === 1 ? "linear" : combination_type;
	if (type === "linear") sameRanks(adapters);
	const rank = blendRank(adapters, type, svd_rank);
	const blended = everyModule(model).flatMap(({ path, in: columns, out }) => {
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

/** A = sum of ± sqrt(|w s|) Aᵢ and B = sum of sqrt(|w s|) Bᵢ: the cross terms make this an approximation of the weighted sum. */
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

/** Concatenates the factors, with w s in A, and pads with zeros up to `rank`. Exactly the weighted sum. */
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

/** With "linear" the matrices are added, so all ranks must be equal, of the adapters and of each module. */
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

/** Compares bases by the last part of their name, which a local folder and the Hub id of a model share. */
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
