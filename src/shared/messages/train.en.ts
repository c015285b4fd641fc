// Messages of training and generation: settings that do not fit, rows, prompts and steps without a finite result.
import { messagesOf } from "./message.ts";

export const trainTexts = {
	noTrainedToken: "no token to evaluate: every label is masked",
	evaluationData: "the evaluation data",
	"noTrainedToken.next": "use rows with a trained part",
	theSettings: "the settings",
	emptyPrompt: "the prompt is empty",
	"emptyPrompt.next": "write a few words",
	promptLength: "the prompt has {tokens} tokens; this model's context is {most}",
	promptLengthVirtual: "the prompt has {tokens} tokens after {virtual} virtual ones; this model's context is {most}",
	"promptLength.next": "shorten the prompt",
	"promptLengthVirtual.next": "shorten the prompt, or train with fewer num_virtual_tokens",
	textLengthVirtual: "the text has {tokens} tokens after {virtual} virtual ones; this model's context is {most}",
	"textLengthVirtual.next": "shorten the text, or train with fewer num_virtual_tokens",
	lossNotFinite: "the loss is {loss}",
	gradientNotFinite: "the gradient of {tensor} contains {value}",
	normNotFinite: "the gradient norm is {norm}",
	diverged: "{count} steps in a row gave no finite result: {reason}",
	"diverged.where": "steps {first} to {last}",
	"diverged.next":
		"lower learning_rate (a tenth is a good start), keep max_grad_norm at 1, and look for unusual rows in the data; the adapter is kept as it was before these steps",
	heldOutPairs: "the held-out rows are preference pairs, the training rows are not",
	trainPairs: "the training rows are preference pairs, the held-out rows are not",
	heldOutRows: "the held-out rows",
	"heldOutPairs.next": "hold out rows of the same kind, or none",
	"trainPairs.next": "hold out pairs with prompt, chosen and rejected, or none",
	pairsDropout: "lora_dropout is {value}, but preference pairs are trained without dropout, as in TRL",
	"pairsDropout.next": "set lora_dropout to 0",
	noRate:
		"the learning rate is 0 in every step of this run ({steps} in all, {warmup} of warm-up): nothing is trained. Set warmup_steps and warmup_ratio to 0, or train more steps",
	unknownSetting: 'unknown setting "{name}"',
	didYouMean: 'did you mean "{nearest}"?',
	settingValue: "{name} is {value}, but it {problem}",
	"settingValue.next": "correct {name} and start again",
	mixedWithoutFrozen:
		"precision is mixed, but full fine-tuning has no frozen weights, whose products mixed precision speeds up",
	"mixedWithoutFrozen.next": "use precision f32, or another method",
	promptInitText: "prompt_tuning_init is TEXT without a text",
	"promptInitText.next": "write prompt_tuning_init_text, or leave prompt_tuning_init at RANDOM",
	tokenOutside: "token {id} is outside the model's vocabulary of {size}: its tokenizer has more tokens than the model",
	"tokenOutside.next": "use the model with an adapter trained on it, which resizes the vocabulary, or avoid the token",
	noTemplate: "this model has no chat template",
	"noTemplate.next": "give a plain prompt instead of messages",
} as const;

export const trainMessage = messagesOf("train", trainTexts);
