// State of the rank lab: spectrum, cut, overlap, recommendation, calculator.
import { create } from "zustand";
import type {
	AdapterOverlap,
	AdapterRef,
	CutPreview,
	ErrorInfo,
	MethodShape,
	ModuleSpectrum,
	OverlapSide,
	RankAdvice,
	RankRun,
	RunRecord,
	ShapeCost,
} from "../../../src/engine/api.ts";
import { lastHeldOut } from "../run/runs-store.ts";

export interface RankState {
	spectrum: ModuleSpectrum[] | null;
	/** Path of the module whose singular values are shown. */
	picked: string | null;
	logarithmic: boolean;
	/** The current cut: one rank for all modules, and ranks of single modules. */
	cut: { rank: number; ranks: Record<string, number> };
	preview: CutPreview | null;
	/** Held-out loss of the full adapter. */
	whole: number | null;
	answer: { prompt: string; text: string; milliseconds: number } | null;
	cutting: boolean;
	overlap: AdapterOverlap | null;
	/** Two adapters, or null for the one in memory and another one. */
	sides: { first: string | null; second: string | null; side: OverlapSide };
	advice: { group: string; advice: RankAdvice } | null;
	shape: MethodShape;
	cost: ShapeCost | null;
	error: ErrorInfo | null;
}

export const useRank = create<RankState>()(() => ({
	spectrum: null,
	picked: null,
	logarithmic: true,
	cut: { rank: 0, ranks: {} },
	preview: null,
	whole: null,
	answer: null,
	cutting: false,
	overlap: null,
	sides: { first: null, second: null, side: "A" },
	advice: null,
	shape: { method: "lora", r: 8, modules: null },
	cost: null,
	error: null,
}));

/** "memory" or a run's id, as the value of a select. */
export const refOf = (value: string): AdapterRef =>
	value === "memory" ? { kind: "memory" } : { kind: "run", id: value };

/** Highest rank of an adapter's modules. */
export const highestRank = (modules: readonly ModuleSpectrum[]): number =>
	modules.reduce((most, { r }) => Math.max(most, r), 0);

/** Layers as rows, modules as columns, as in the heat map. Modules outside the layers have their own row. */
export function gridOf(modules: readonly ModuleSpectrum[]): {
	layers: (number | null)[];
	names: string[];
	at(layer: number | null, name: string): ModuleSpectrum | undefined;
} {
	const layers = [...new Set(modules.map(({ layer }) => layer))].sort((a, b) => (a ?? -1) - (b ?? -1));
	const names = [...new Set(modules.map(({ name }) => name))];
	return {
		layers,
		names,
		at: (layer, name) => modules.find((module) => module.layer === layer && module.name === name),
	};
}

/** Runs that differ only in rank, alpha and seed, on the same rows: the input of a recommendation. */
export function rankGroups(records: readonly RunRecord[]): { key: string; name: string; runs: RankRun[] }[] {
	const groups = new Map<string, { key: string; name: string; runs: RankRun[] }>();
	for (const run of records) {
		const eval_loss = lastHeldOut(run);
		if (run.deleted || run.state !== "finished" || eval_loss === null) continue;
		const { r, lora_alpha: _alpha, seed, ...others } = run.settings;
		const key = JSON.stringify([run.data, run.model, others]);
		const group = groups.get(key) ?? { key, name: run.data.name, runs: [] };
		// Records come newest first, so the newest run of a rank and seed counts.
		if (!group.runs.some((one) => one.rank === r && one.seed === seed)) group.runs.push({ rank: r, seed, eval_loss });
		groups.set(key, group);
	}
	return [...groups.values()].filter(({ runs }) => new Set(runs.map(({ rank }) => rank)).size > 1);
}
