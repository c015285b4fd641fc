// Types of generation: requests, answers, and token likelihoods.

/** A turn of a conversation, as chat templates expect it. */
export interface ChatMessage {
	role: string;
	content: string;
}

/** A prompt with the sampling parameters, named as in transformers. */
export interface GenerateRequest {
	/** A string becomes a user turn if the model has a chat template, unless `raw` is set. */
	prompt: string | ChatMessage[];
	/** Use the prompt as plain text, without the chat template. */
	raw?: boolean;
	/** Variables of the chat template: {enable_thinking: false}. */
	chat_template_kwargs?: Readonly<Record<string, unknown>>;
	/** Scales the adapter: 0 is exactly the base, 1 is the trained adapter. */
	adapterStrength: number;
	max_new_tokens: number;
	temperature: number; // 0: greedy
	top_p: number;
	top_k: number; // 0: off
	seed: number;
}

/** A completed answer. */
export interface GenerateResult {
	text: string;
	input_ids: number[];
	output_ids: number[];
	stopped: "eos" | "length" | "cancelled";
}

/** A token of an answer, with its likelihood under the base and the tuned model. */
export interface ScoredToken {
	id: number;
	text: string;
	/** Log-probability in nats at temperature 1, given all previous tokens. */
	base: number;
	tuned: number;
}
