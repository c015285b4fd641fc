// The values of loss_type, by their names in TRL: the kind of rows that each trains on, and the settings that only it uses. The
// formulas are in src/engine/train/objectives/.

/** The rows of a loss: single answers, pairs of answers, or answers rated as good or bad. */
export type LossRows = "rows" | "pairs" | "rated";

interface LossType {
	readonly rows: LossRows;
	/** Whether it needs no reference model. */
	readonly alone?: true;
	/** Settings of this loss, apart from beta. */
	readonly uses?: readonly string[];
}

/** Losses that can be joined by "+" and weighted with loss_weights, as in trl.DPOConfig. */
const DPO = {
	sigmoid: { rows: "pairs", uses: ["label_smoothing"] },
	sigmoid_norm: { rows: "pairs" },
	hinge: { rows: "pairs" },
	ipo: { rows: "pairs" },
	robust: { rows: "pairs", uses: ["label_smoothing"] },
	exo_pair: { rows: "pairs", uses: ["label_smoothing"] },
	nca_pair: { rows: "pairs" },
	bco_pair: { rows: "pairs" },
	sppo_hard: { rows: "pairs" },
	aot: { rows: "pairs", uses: ["label_smoothing"] },
	aot_unpaired: { rows: "pairs", uses: ["label_smoothing"] },
	apo_zero: { rows: "pairs" },
	apo_down: { rows: "pairs" },
	discopop: { rows: "pairs", uses: ["discopop_tau"] },
	sft: { rows: "pairs" },
} satisfies Record<string, LossType>;

const LOSSES: Readonly<Record<string, LossType>> = {
	nll: { rows: "rows", alone: true },
	...DPO,
	orpo: { rows: "pairs", alone: true },
	cpo: { rows: "pairs", alone: true, uses: ["label_smoothing", "cpo_alpha"] },
	kto: { rows: "rated", uses: ["desirable_weight", "undesirable_weight"] },
	apo_zero_unpaired: { rows: "rated", uses: ["desirable_weight", "undesirable_weight"] },
	simpo: { rows: "pairs", alone: true, uses: ["label_smoothing", "cpo_alpha", "simpo_gamma"] },
};

/** All values: "nll" is the loss of tokens, and "auto" chooses by the rows. */
export const LOSS_TYPES: readonly string[] = ["auto", ...Object.keys(LOSSES)];

/** The loss of `auto`, by the kind of rows. */
const AUTO: Readonly<Record<LossRows, string>> = { rows: "nll", pairs: "sigmoid", rated: "kto" };

/** Settings that only some losses use. */
const OF_SOME_LOSSES = [
	"loss_weights",
	"label_smoothing",
	"discopop_tau",
	"cpo_alpha",
	"simpo_gamma",
	"desirable_weight",
	"undesirable_weight",
] as const;

/** The losses that a setting names. @param rows of the data, for `auto` */
export function lossesOf(loss_type: string, rows: LossRows): readonly string[] {
	return (loss_type === "auto" ? AUTO[rows] : loss_type).split("+");
}

/** The kind of rows that a loss_type trains on; null for `auto`, which trains on any. */
export function rowsOfLoss(loss_type: string): LossRows | null {
	return LOSSES[loss_type.split("+")[0]]?.rows ?? null;
}

/** Whether a loss compares the policy with a reference model. */
export function comparesWithReference(loss_type: string): boolean {
	return LOSSES[loss_type]?.alone !== true;
}

/** Whether a value names a loss, or several of DPO's. */
export function isLossType(value: unknown): value is string {
	if (typeof value !== "string") return false;
	const parts = value.split("+");
	if (parts.length === 1) return LOSS_TYPES.includes(value);
	return new Set(parts).size === parts.length && parts.every((part) => Object.hasOwn(DPO, part));
}

/** Whether a setting has an effect with a loss. */
export function lossUses(loss_type: string, rows: LossRows, name: string): boolean {
	const losses = lossesOf(loss_type, rows);
	if (name === "loss_weights") return losses.length > 1;
	if (!OF_SOME_LOSSES.some((other) => other === name)) return true;
	return losses.some((loss) => LOSSES[loss]?.uses?.includes(name));
}

/** The settings that only some losses use, and that this one does not. */
export function unusedByLoss(loss_type: string, rows: LossRows): readonly (typeof OF_SOME_LOSSES)[number][] {
	return OF_SOME_LOSSES.filter((name) => !lossUses(loss_type, rows, name));
}
