// Prompt tuning (arXiv 2104.08691): trained vectors before every row's embeddings, as in PEFT
// (peft/tuners/prompt_tuning/model.py). The model's weights do not change, so a prompt cannot be merged.
import { TabTuneError } from "../../../shared/errors.ts";
import { adaptersMessage } from "../../../shared/messages/index.ts";
import { methodsOf } from "../../../shared/setting-values.ts";
import { overlayRows } from "../../graph/ops/index.ts";
import type { ModelConfig } from "../../models/model-config.ts";
import { PROMPT_KEY } from "../../peft/prompt-key.ts";
import { normal, Purpose } from "../../random.ts";
import type { AdapterMethod, AdapterSettings, InitScope, MethodScope } from "../adapter.ts";
import { declareTrainable, type TrainableTensor, valuesOf } from "../trainable.ts";

/**
 * Places a prompt's vectors.
 * @throws TabTuneError "adapter" when virtual tokens fill the model's context
 */
export function promptTuning({ family, config, settings, methods, placement }: MethodScope): AdapterMethod | null {
	if (!methods.includes("prompt_tuning")) return null;
	const { num_virtual_tokens: count = 0 } = settings;
	textCapacity(config, settings);
	const { path, width, scale = 1 } = family.embedding(config);
	const table = placement.place(PROMPT_KEY, [count, width]);
	return {
		tensors: [table],
		form: "prompt_tuning",
		virtualTokens: count,
		wrap: (hooks) => ({
			...hooks,
			embed(builder, module, inputs) {
				if (inputs.virtual === undefined) throw new Error("the inputs say nothing of virtual tokens");
				const rows = hooks.embed(builder, module, inputs); // [T, hidden]
				return overlayRows(builder, PROMPT_KEY, [rows, declareTrainable(builder, table), inputs.virtual]);
			},
		}),
		init: ({ params }, scope) => initPrompt(table, { weight: `${path}.weight`, scale }, settings, params, scope),
	};
}

/**
 * Number of tokens that a text may have: the model's context minus the virtual tokens.
 * @throws TabTuneError "adapter" when the virtual tokens fill the context
 */
export function textCapacity(
	{ max_position_embeddings: context }: Pick<ModelConfig, "max_position_embeddings">,
	settings: Pick<AdapterSettings, "method" | "num_virtual_tokens">,
): number {
	if (!methodsOf(settings).includes("prompt_tuning")) return context;
	const { num_virtual_tokens: count = 0 } = settings;
	// A row needs two tokens: one is the input, the other is predicted.
	if (count + 2 > context)
		throw new TabTuneError("adapter", {
			what: adaptersMessage("virtualTokens", { count, context }),
			where: "num_virtual_tokens",
			next: adaptersMessage("virtualTokens.next", { most: Math.max(1, context - 2) }),
		});
	return context - count;
}

/** RANDOM: torch.nn.Embedding's normal(0, 1). TEXT: the base's embeddings of a text's ids, repeated and truncated to fit. */
async function initPrompt(
	table: TrainableTensor,
	embeddings: { readonly weight: string; readonly scale: number },
	{ prompt_tuning_init, prompt_tuning_init_text }: AdapterSettings,
	flat: Float32Array,
	{ seed, weight, encode }: InitScope,
): Promise<void> {
	const [count, width] = table.shape;
	const values = valuesOf(flat, table);
	if (prompt_tuning_init !== "TEXT") {
		values.set(normal(count * width, 1, seed, Purpose.init, PROMPT_STREAM));
		return;
	}
	const ids = await encode(prompt_tuning_init_text ?? "");
	if (ids.length === 0)
		throw new TabTuneError("adapter", {
			what: adaptersMessage("promptText"),
			where: "prompt_tuning_init_text",
			next: adaptersMessage("promptText.next"),
		});
	const rows = await weight(embeddings.weight); // [vocab, hidden]
	for (let i = 0; i < count; i++) {
		const id = ids[i % ids.length];
		values.set(
			rows.subarray(id * width, (id + 1) * width).map((value) => value * embeddings.scale),
			i * width,
		);
	}
}

/** A random stream that LoRA's modules, which count from 0, do not use. */
const PROMPT_STREAM = 2 ** 20;
