// The kinds of rows that rows.ts produces and encode.ts encodes.

import type { ChatTemplate, Message } from "./chat-template.ts";
import type { TemplateInputs } from "./row-fields.ts";

export type CompletionRow =
	| { readonly kind: "prompt-completion"; readonly prompt: string; readonly completion: string }
	| ({
			readonly kind: "chat-completion";
			readonly prompt: readonly Message[];
			readonly completion: readonly Message[];
	  } & TemplateInputs);

export type Row =
	| {
			readonly kind: "ids";
			readonly input_ids: readonly number[];
			readonly labels: readonly number[] | null;
			/** 1 for tokens that are trained with completion_only_loss. */
			readonly completion_mask?: readonly number[];
	  }
	| { readonly kind: "text"; readonly text: string }
	| CompletionRow
	| ({ readonly kind: "messages"; readonly messages: readonly Message[] } & TemplateInputs);

/** A chosen and a rejected answer, not parsed further (see preferences.ts). */
export interface PreferenceRow extends TemplateInputs {
	readonly kind: "preference";
	readonly chosen: unknown;
	readonly rejected: unknown;
	/** A text, or turns. Undefined if the answers contain it. */
	readonly prompt: unknown;
	/** The system prompt, unless the turns have one; "" if there is none. */
	readonly system: string;
	/** Token ids of the prompt and the answers, in DPOTrainer's format; the other fields are then undefined. */
	readonly ids?: {
		readonly prompt: readonly number[];
		readonly chosen: readonly number[];
		readonly rejected: readonly number[];
	};
}

export interface RowContext {
	/** Null for a model without a chat template. */
	readonly template: Pick<ChatTemplate, "source"> | null;
}
