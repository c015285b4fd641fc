// Caches the last encoded data set, which describing, estimating and training use one after another.
import { textCapacity } from "../engine/adapters/methods/prompt.ts";
import type { DataSource, RunSettings } from "../engine/api.ts";
import { type PreparedData, prepareData } from "../engine/data/describe.ts";
import { sha256Hex } from "../engine/formats/index.ts";
import type { LoadedModel } from "../engine/models/load.ts";
import type { TextProcessor } from "../engine/train/text-processor.ts";

/** Larger files are identified by name and size only, without a hash. */
const HASHED_BYTES = 32 * 2 ** 20;

export class DataCache {
	private last: { key: string; textProcessor: TextProcessor | null; data: Promise<PreparedData> } | null = null;

	/** Encodes the rows for training with these settings, or returns the cached result. */
	async get(
		model: LoadedModel,
		textProcessor: TextProcessor | null,
		data: DataSource,
		heldOut: DataSource | number,
		settings: RunSettings,
	): Promise<PreparedData> {
		const options = encodeOptions(model, textProcessor, settings);
		const key = JSON.stringify([
			model.name,
			await identity(data),
			typeof heldOut === "number" ? heldOut : await identity(heldOut),
			[
				options.settings.max_length,
				settings.packing,
				settings.loss_type,
				settings.assistant_only_loss,
				settings.completion_only_loss,
				settings.chat_template_kwargs,
				settings.seed,
			],
			[settings.per_device_train_batch_size, settings.gradient_accumulation_steps],
		]);
		if (this.last?.key !== key || this.last.textProcessor !== textProcessor) {
			const prepared = prepareData(data, heldOut, options);
			this.last = { key, textProcessor, data: prepared };
			prepared.catch(() => {
				if (this.last?.key === key) this.last = null;
			});
		}
		return this.last.data;
	}

	clear(): void {
		this.last = null;
	}
}

/** The options for encoding rows for this model; rows are cut at its maximum length. */
export function encodeOptions(model: LoadedModel, textProcessor: TextProcessor | null, settings: RunSettings) {
	const max_length = Math.min(settings.max_length, textCapacity(model.config, settings));
	return {
		tokenizer: textProcessor?.tokenizer ?? null,
		template: textProcessor?.template ?? null,
		vocabSize: model.config.vocab_size,
		settings: { ...settings, max_length },
	};
}

async function identity({ name, format, blob, ...options }: DataSource): Promise<string> {
	const content =
		blob.size <= HASHED_BYTES ? await sha256Hex(new Uint8Array(await blob.arrayBuffer())) : String(blob.size);
	return JSON.stringify([name, format, content, options]);
}
