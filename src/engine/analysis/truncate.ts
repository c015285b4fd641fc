// Truncates an adapter to a lower rank: the best approximation of s · B · A in Frobenius norm (C. Eckart and G. Young, 1936)
// keeps the first singular values. The decomposition is computed once, so that moving a slider is cheap.

import { TabTuneError } from "../../shared/errors.ts";
import { analysisMessage } from "../../shared/messages/index.ts";
import type { Adapter } from "../adapters/adapter.ts";
import type { RankCut, Truncation } from "../api-rank.ts";
import { adapterFromFactors, type LinearModel, type LowRank, paramsOfFactors } from "./low-rank.ts";
import type { Decomposed } from "./spectrum.ts";

/**
 * Factors of rank `rank` (0 … r) of the nearest matrix to s · B · A. The scaling is kept, and each factor gets the square
 * root of the singular values: A' = sqrt(S / |s|) Vᵀ and B' = ± U sqrt(S / |s|), the sign being s's.
 */
function cutFactors({ factors, S, U, V }: Decomposed, rank: number): LowRank {
	const { in: columns, out, scaling } = factors;
	const A = new Float32Array(rank * columns);
	const B = new Float32Array(out * rank);
	for (let k = 0; k < rank; k++) {
		const root = scaling === 0 ? 0 : Math.sqrt(S[k] / Math.abs(scaling));
		const [left, right] = [U[k], V[k]];
		for (let column = 0; column < columns; column++) A[k * columns + column] = root * right[column];
		const signed = scaling < 0 ? -root : root;
		for (let row = 0; row < out; row++) B[row * rank + k] = signed * left[row];
	}
	return { ...factors, r: rank, A, B };
}

/**
 * The rank of each module after truncation, in the order of the modules.
 * @throws TabTuneError "usage" for a rank that is not an integer from 0 to the module's rank, or an unknown module.
 */
function cutRanks(modules: readonly Decomposed[], { rank, ranks = {} }: RankCut): number[] {
	const most = Math.max(...modules.map(({ factors }) => factors.r));
	const check = (value: number, highest: number, where: string) => {
		if (Number.isInteger(value) && value >= 0 && value <= highest) return;
		throw new TabTuneError("usage", {
			what: analysisMessage("truncateRank", { rank: value, highest }),
			where,
			next: analysisMessage("truncateRank.next", { highest }),
		});
	};
	check(rank, most, "rank");
	const byPath = new Map(modules.map(({ factors }) => [factors.path, factors.r]));
	for (const [path, own] of Object.entries(ranks)) {
		const highest = byPath.get(path);
		if (highest === undefined) {
			throw new TabTuneError("usage", {
				what: analysisMessage("unknownModule", { path }),
				where: "rank_pattern",
				next: analysisMessage("unknownModule.next"),
			});
		}
		check(own, highest, path);
	}
	return modules.map(({ factors }) => ranks[factors.path] ?? Math.min(rank, factors.r));
}

/**
 * Computes what truncation keeps and costs, without truncating. For DoRA, energy and error are those of s · B · A without the
 * magnitudes, which count as parameters.
 * @throws as `truncatedAdapter`, but rank 0 throughout is allowed
 */
export function truncation({ layout }: Adapter, modules: readonly Decomposed[], cut: RankCut): Truncation {
	let [all, lost] = [0, 0];
	let trainableParameters = layout.settings.use_dora
		? layout.modules.reduce((sum, { module }) => sum + module.out, 0)
		: 0;
	const rows = cutRanks(modules, cut).map((to, index) => {
		const { factors, S } = modules[index];
		const squares = S.reduce((sum, value) => sum + value * value, 0);
		const rest = S.subarray(to).reduce((sum, value) => sum + value * value, 0);
		all += squares;
		lost += rest;
		trainableParameters += to * (factors.in + factors.out);
		const energy = squares > 0 ? 1 - rest / squares : 1;
		return { path: factors.path, from: factors.r, to, energy, error: Math.sqrt(rest) };
	});
	return {
		modules: rows,
		energy: all > 0 ? 1 - lost / all : 1,
		error: Math.sqrt(lost),
		trainableParameters,
		adapterBytes: 4 * trainableParameters,
	};
}

/**
 * The truncated matrices in the flat parameters of the original adapter, padded with zeros, so that existing plans can
 * generate and evaluate with them.
 * @throws as `truncation`
 */
export function truncatedParams(adapter: Adapter, modules: readonly Decomposed[], cut: RankCut): Float32Array {
	const ranks = cutRanks(modules, cut);
	return paramsOfFactors(
		adapter,
		modules.map((module, index) => cutFactors(module, ranks[index])),
		adapter,
	);
}

/**
 * The truncated adapter with its own rank; modules of rank 0 are omitted.
 * @throws TabTuneError "usage" as `truncation`, when no module remains, and for DoRA at rank 0, whose magnitudes would remain.
 */
export function truncatedAdapter(
	model: LinearModel,
	adapter: Adapter,
	modules: readonly Decomposed[],
	cut: RankCut,
): Adapter {
	const ranks = cutRanks(modules, cut);
	if (adapter.layout.settings.use_dora && ranks.includes(0)) {
		throw new TabTuneError("usage", {
			what: analysisMessage("doraRankZero"),
			where: "rank",
			next: analysisMessage("doraRankZero.next"),
		});
	}
	const left = modules.flatMap((module, index) => (ranks[index] > 0 ? [cutFactors(module, ranks[index])] : []));
	if (left.length === 0) {
		throw new TabTuneError("usage", {
			what: analysisMessage("allRankZero"),
			where: "rank",
			next: analysisMessage("allRankZero.next"),
		});
	}
	return adapterFromFactors(model, left, adapter, adapter.layout.settings.use_rslora);
}
