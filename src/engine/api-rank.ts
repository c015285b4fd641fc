// What crosses the worker about rank: spectra of an adapter, cutting it, comparing and blending adapters, advice on the
// rank, and what methods cost. Part of api.ts, which the app imports.

import type { RunSettings } from "../shared/settings.ts";
import type { DataSource } from "./api-data.ts";

// ── Spectrum ────────────────────────────────────────────────────────────────────────────────────────

/** Of s · B · A of one module. */
export interface ModuleSpectrum {
	path: string;
	/** null for a module outside the layers. */
	layer: number | null;
	name: string; // "q_proj"
	in: number;
	out: number;
	r: number;
	scaling: number;
	singularValues: number[]; // [r], largest first
	/** Share of the squared Frobenius norm in the first k singular values, k from 1; 1 throughout for a zero update. */
	energy: number[]; // [r]
	/** exp of the entropy of the singular values (Roy and Vetterli 2007): 1 … r, 0 for a zero update. */
	effectiveRank: number;
	frobeniusNorm: number;
	spectralNorm: number;
}

export interface AdapterSpectrum {
	modules: ModuleSpectrum[];
}

// ── Truncation ──────────────────────────────────────────────────────────────────────────────────────

/** One rank for all modules (a module of lower rank stays as it is), and ranks of single modules over it. From 0. */
export interface RankCut {
	rank: number;
	/** By full path of the module. */
	ranks?: Record<string, number>;
}

export interface TruncatedModule {
	path: string;
	/** Before and after. 0: the module is left as the base has it. */
	from: number;
	to: number;
	/** Share of the squared Frobenius norm kept. */
	energy: number;
	/** Frobenius norm of what was cut. */
	error: number;
}

export interface Truncation {
	modules: TruncatedModule[];
	/** Share of the squared Frobenius norm of all modules kept. */
	energy: number;
	/** Frobenius norm of what was cut, of all modules. */
	error: number;
	trainableParameters: number;
	adapterBytes: number; // of the tensors, float32
}

// ── Overlap ─────────────────────────────────────────────────────────────────────────────────────────

/** Which singular vectors: right ones of A, as in the LoRA paper, or left or right ones of s · B · A. */
export type OverlapSide = "A" | "left" | "right";

/** φ of the LoRA paper, from 0 (orthogonal) to 1 (one inside the other). */
export interface OverlapMap {
	/** φ(i, j) at [i - 1][j - 1]. As many rows and columns as the two have directions over rounding; may be none. */
	phi: number[][];
	/** What subspaces drawn at random would have: max(i, j) / d. */
	baseline: number[][];
}

export interface ModuleOverlap extends OverlapMap {
	path: string;
	layer: number | null;
	name: string;
	/** Of the space that the directions lie in: the module's input, or its output for "left". */
	dimension: number;
}

export interface AdapterOverlap {
	side: OverlapSide;
	modules: ModuleOverlap[];
	/** Over the modules; each entry over those that reach it. */
	mean: OverlapMap;
}

// ── Blending ────────────────────────────────────────────────────────────────────────────────────────

/** PEFT's combination types. */
export type CombinationType = "linear" | "cat" | "svd";

export interface BlendSettings {
	/** One for each adapter; may be negative. */
	weights: number[];
	combination_type: CombinationType;
	/** Rank of the blend by svd; null: the highest of the adapters. */
	svd_rank: number | null;
}

// ── Advice ──────────────────────────────────────────────────────────────────────────────────────────

/** One trained run. Held-out loss in nats a token. */
export interface RankRun {
	rank: number;
	seed: number;
	eval_loss: number;
}

/** A rank beside the best one, paired by seed. Null where fewer than two seeds were run at both, and for the best itself. */
export interface RankEvidence {
	rank: number;
	seeds: number;
	meanLoss: number;
	/** Seeds run at this rank and at the best. */
	pairs: number;
	/** Mean over these seeds of the loss here less the loss at the best rank; null without such a seed. */
	difference: number | null;
	/** Of the difference. */
	standardError: number | null;
	/** 95 % confidence interval of the difference, by Student's t. */
	interval: [number, number] | null;
	/** Whether the interval reaches down to 0; null where there is none. The best rank is true. */
	withinNoise: boolean | null;
}

/**
 * - best-is-largest: no higher rank was tried, and one may do better.
 * - one-seed: no estimate of noise, for one rank at least.
 * - few-seeds: under five; the intervals are wide, and small differences cannot be seen.
 * - unpaired: not every rank was run with the same seeds.
 * - diverged: runs whose loss is not finite were left out with their rank.
 */
export type AdviceLimit = "best-is-largest" | "one-seed" | "few-seeds" | "unpaired" | "diverged";

export interface RankAdvice {
	/**
	 * within-noise: `recommended` is under the best, and not told apart from it. best: every lower rank is
	 * worse by more than the noise, or there is none. no-noise-estimate: a lower
	 * rank cannot be judged and none is known to be within the noise; `recommended` is null.
	 */
	verdict: "within-noise" | "best" | "no-noise-estimate";
	recommended: number | null;
	/** The rank of the lowest mean loss. */
	best: number;
	/** The most that a recommended rank under the best may lose against it, by its interval: nats a token. */
	possibleLoss: number | null;
	ranks: RankEvidence[]; // by rank
	limits: AdviceLimit[];
	/** Ranks left out: a loss of theirs is not finite. */
	diverged: number[];
}

// ── Calculator ──────────────────────────────────────────────────────────────────────────────────────

export interface ModelShapes {
	linear: { path: string; in: number; out: number; bias: boolean }[];
	parameters: number;
	hidden_size: number;
	num_hidden_layers: number;
}

export type MethodShape =
	| { method: "lora" | "dora"; r: number /** Paths; null: all linear modules. */; modules: string[] | null }
	| { method: "full" }
	| { method: "prompt_tuning"; num_virtual_tokens: number }
	| { method: "bottleneck"; reduction_factor: number /** 1: after the MLP; 2: after attention too. */; places: 1 | 2 };

export interface ShapeCost {
	trainableParameters: number;
	/** Of the base's parameters. */
	share: number;
	/** Float32: the tensors of the adapter, their gradients, AdamW's two moments. */
	adapterBytes: number;
	gradientBytes: number;
	optimizerBytes: number;
	/** Of the matrices the method changes, one by one; none where it changes no matrix. */
	modules: {
		path: string;
		in: number;
		out: number;
		trainableParameters: number; // LoRA: r (in + out); DoRA: and out
		fullParameters: number; // in · out
	}[];
}

// ── On the page ─────────────────────────────────────────────────────────────────────────────────────

/** An adapter that the page can name: the one in memory, or that of a kept run. */
export type AdapterRef = { kind: "memory" } | { kind: "run"; id: string };

/** An adapter of a blend, by a name for messages. */
export interface NamedRef {
	name: string;
	ref: AdapterRef;
}

/** Rows to measure on: those that a run with these would hold out. */
export interface HeldOutRows {
	data: DataSource;
	settings: RunSettings;
	heldOut: DataSource | number;
}

/** A cut while it is being tried: answers and `eval_loss` are the cut adapter's until the preview ends. */
export interface CutPreview {
	truncation: Truncation;
	/** Held-out loss in nats a token; null where no row is held out. */
	eval_loss: number | null;
	/** From the call to the loss. */
	milliseconds: number;
}
