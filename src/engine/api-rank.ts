// Types of the rank lab: spectra of an adapter, truncation, overlap and blending of adapters, rank advice, and the cost of
// methods.

import type { RunSettings } from "../shared/settings.ts";
import type { DataSource } from "./api-data.ts";

// ── Spectrum ────────────────────────────────────────────────────────────────────────────────────────

/** Singular values of the update s · B · A of one module. */
export interface ModuleSpectrum {
	path: string;
	/** Null for a module outside the layers. */
	layer: number | null;
	name: string; // "q_proj"
	in: number;
	out: number;
	r: number;
	scaling: number;
	singularValues: number[]; // [r], largest first
	/** Share of the squared Frobenius norm in the first k singular values, k = 1 … r; all 1 for a zero update. */
	energy: number[]; // [r]
	/** exp of the entropy of the normalised singular values (Roy and Vetterli 2007): 1 … r, or 0 for a zero update. */
	effectiveRank: number;
	frobeniusNorm: number;
	spectralNorm: number;
}

/** Spectra of all modules of an adapter. */
export interface AdapterSpectrum {
	modules: ModuleSpectrum[];
}

// ── Truncation ──────────────────────────────────────────────────────────────────────────────────────

/** Ranks to truncate to, from 0. `rank` applies to all modules; a module whose rank is lower is unchanged. */
export interface RankCut {
	rank: number;
	/** Overrides `rank` for single modules, by full module path. */
	ranks?: Record<string, number>;
}

/** Effect of a truncation on one module. */
export interface TruncatedModule {
	path: string;
	/** Rank before. */
	from: number;
	/** Rank after; 0 removes the update of the module. */
	to: number;
	/** Share of the squared Frobenius norm that is kept. */
	energy: number;
	/** Frobenius norm of the removed part. */
	error: number;
}

/** Effect of a truncation on the adapter. */
export interface Truncation {
	modules: TruncatedModule[];
	/** Share of the squared Frobenius norm that is kept, over all modules. */
	energy: number;
	/** Frobenius norm of the removed part, over all modules. */
	error: number;
	trainableParameters: number;
	adapterBytes: number; // of the tensors, float32
}

// ── Overlap ─────────────────────────────────────────────────────────────────────────────────────────

/** Which singular vectors to compare: the right ones of A, as in the LoRA paper, or the left or right ones of s · B · A. */
export type OverlapSide = "A" | "left" | "right";

/** Subspace similarity φ of the LoRA paper, from 0 (orthogonal) to 1 (one subspace contains the other). */
export interface OverlapMap {
	/** φ(i, j) at [i - 1][j - 1]. The size is the numerical rank of each adapter, which may be 0. */
	phi: number[][];
	/** Expected φ of random subspaces: max(i, j) / d. */
	baseline: number[][];
}

/** Overlap of two adapters in one module. */
export interface ModuleOverlap extends OverlapMap {
	path: string;
	layer: number | null;
	name: string;
	/** Dimension d of the ambient space: the module's input width, or its output width for "left". */
	dimension: number;
}

/** Overlap of two adapters. */
export interface AdapterOverlap {
	side: OverlapSide;
	modules: ModuleOverlap[];
	/** Mean over the modules; each entry averages the modules large enough to have it. */
	mean: OverlapMap;
}

// ── Blending ────────────────────────────────────────────────────────────────────────────────────────

/** PEFT's combination types. */
export type CombinationType = "linear" | "cat" | "svd";

/** How adapters are combined, as in PEFT's add_weighted_adapter. */
export interface BlendSettings {
	/** One weight per adapter; may be negative. */
	weights: number[];
	combination_type: CombinationType;
	/** Rank of an "svd" blend; null for the highest rank of the adapters. */
	svd_rank: number | null;
}

// ── Advice ──────────────────────────────────────────────────────────────────────────────────────────

/** A finished run. `eval_loss` is the held-out loss in nats per token. */
export interface RankRun {
	rank: number;
	seed: number;
	eval_loss: number;
}

/**
 * Comparison of a rank with the best one, paired by seed. The statistics are null for the best rank itself, and where fewer
 * than two seeds were trained at both ranks.
 */
export interface RankEvidence {
	rank: number;
	seeds: number;
	meanLoss: number;
	/** Number of seeds trained at both this rank and the best rank. */
	pairs: number;
	/** Mean over these seeds of the loss at this rank minus the loss at the best rank; null if there is no such seed. */
	difference: number | null;
	/** Standard error of the difference. */
	standardError: number | null;
	/** 95 % confidence interval of the difference (Student's t). */
	interval: [number, number] | null;
	/**
	 * Whether the interval includes 0 or is below it; true for the best rank. Null without an interval, and where two seeds
	 * give an interval with 0, which says too little.
	 */
	withinNoise: boolean | null;
}

/**
 * Limits of the evidence for a recommendation.
 * - best-is-largest: the best rank is the highest one tried; a higher one may be better.
 * - one-seed: at least one rank has a single seed, so its noise is unknown.
 * - few-seeds: fewer than five seeds; the intervals are wide, and small differences are not detectable.
 * - unpaired: the ranks were not all trained with the same seeds.
 * - diverged: ranks with a non-finite loss were excluded.
 */
export type AdviceLimit = "best-is-largest" | "one-seed" | "few-seeds" | "unpaired" | "diverged";

/** The recommended rank and the evidence for it. */
export interface RankAdvice {
	/**
	 * - within-noise: `recommended` is lower than the best rank, and its loss is not distinguishable from the best.
	 * - best: the best rank is recommended; every lower rank is worse by more than the noise, or there is none.
	 * - no-noise-estimate: `recommended` is null; the lower ranks have too few seeds to be compared.
	 */
	verdict: "within-noise" | "best" | "no-noise-estimate";
	recommended: number | null;
	/** The rank with the lowest mean loss. */
	best: number;
	/** Upper bound of the interval if the recommended rank is lower than the best: the loss it may cost, nats per token. */
	possibleLoss: number | null;
	ranks: RankEvidence[]; // in order of rank
	limits: AdviceLimit[];
	/** Ranks excluded because of a non-finite loss. */
	diverged: number[];
}

// ── Calculator ──────────────────────────────────────────────────────────────────────────────────────

/** Shapes of a model that determine the cost of a method. */
export interface ModelShapes {
	linear: { path: string; in: number; out: number; bias: boolean }[];
	parameters: number;
	hidden_size: number;
	num_hidden_layers: number;
}

/** A method with the settings that determine its number of parameters. */
export type MethodShape =
	| { method: "lora" | "dora"; r: number /** Module paths; null for all linear modules. */; modules: string[] | null }
	| { method: "full" }
	| { method: "prompt_tuning"; num_virtual_tokens: number }
	| { method: "bottleneck"; reduction_factor: number /** 1: after the MLP; 2: also after attention. */; places: 1 | 2 };

/** Parameters and memory of a method. Sizes are in bytes of float32. */
export interface ShapeCost {
	trainableParameters: number;
	/** Trainable parameters as a share of the base's parameters. */
	share: number;
	adapterBytes: number;
	gradientBytes: number;
	/** AdamW's two moments. */
	optimizerBytes: number;
	/** One entry per weight matrix that the method changes. */
	modules: {
		path: string;
		in: number;
		out: number;
		trainableParameters: number; // LoRA: r (in + out); DoRA: r (in + out) + out
		fullParameters: number; // in · out
	}[];
}

// ── References and previews ─────────────────────────────────────────────────────────────────────────

/** Refers to an adapter: the one in memory, or that of a stored run. */
export type AdapterRef = { kind: "memory" } | { kind: "run"; id: string };

/** An adapter to blend, with a name for error messages. */
export interface NamedRef {
	name: string;
	ref: AdapterRef;
}

/** Rows to evaluate on: those that a run with this data and these settings would hold out. */
export interface HeldOutRows {
	data: DataSource;
	settings: RunSettings;
	heldOut: DataSource | number;
}

/** Preview of a truncation. Until the preview ends, generation uses the truncated adapter. */
export interface CutPreview {
	truncation: Truncation;
	/** Held-out loss of the truncated adapter in nats per token; null if no rows are held out. */
	eval_loss: number | null;
	/** Time from the call until the loss is known. */
	milliseconds: number;
}
