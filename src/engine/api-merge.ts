// The merge study: what an adapter becomes on its way to a user, form by form.
import type { HeldOutRows } from "./api-rank.ts";

/** Ways of holding a base that a study goes through; "auto" is as its file has it. */
export type StudiedBase = "auto" | "int8" | "nf4" | "q8_0" | "q4_0";

export interface MergeStudyRequest extends HeldOutRows {
	bases: StudiedBase[];
	/** Held-out rows that are asked. */
	samples: number;
	max_new_tokens: number;
}

/** One form: a base held one way, and the adapter beside it, merged in 16 bits, or merged and quantised again. */
export interface MergeForm {
	base: string;
	state: "unmerged" | "merged" | "merged and quantised";
	/** Of GPU memory, with the adapter where it stands beside. */
	weight_bytes: number;
	/** Held-out loss, nats a token. */
	loss: number;
	perplexity: number;
	num_tokens: number;
	answers: { prompt: string; text: string; output_ids: number[] }[];
}
