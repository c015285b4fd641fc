// Types of the merge study, which compares the unmerged adapter with merged and requantised models on held-out rows.
import type { HeldOutRows } from "./api-rank.ts";

/** Base dtypes that a study can cover; "auto" is the dtype of the model file. */
export type StudiedBase = "auto" | "int8" | "nf4" | "q8_0" | "q4_0";

/** What a merge study measures. */
export interface MergeStudyRequest extends HeldOutRows {
	bases: StudiedBase[];
	/** Number of held-out rows for which answers are generated. */
	samples: number;
	max_new_tokens: number;
}

/** Result for one form: a base dtype, with the adapter unmerged, merged in 16 bits, or merged and requantised. */
export interface MergeForm {
	base: string;
	state: "unmerged" | "merged" | "merged and quantised";
	/** GPU memory of the weights, including the adapter if it is unmerged. */
	weight_bytes: number;
	/** Held-out loss, nats per token. */
	loss: number;
	perplexity: number;
	num_tokens: number;
	answers: { prompt: string; text: string; output_ids: number[] }[];
}
