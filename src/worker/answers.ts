// Answers, samples and logits of the loaded model. Requests run one at a time, in order; the adapter changes only between
// two of them.
import type { Adapter, AdapterLayout } from "../engine/adapters/adapter.ts";
import type { BatchThroughput, GenerateRequest, GenerateResult } from "../engine/api.ts";
import { TextStream, type Tokenizer } from "../engine/data/tokenizer.ts";
import { Generator } from "../engine/train/generator.ts";
import { textLogits } from "../engine/train/logits.ts";
import type { ModelRuntime } from "../engine/train/runtime.ts";
import { promptIds, type TextProcessor } from "../engine/train/text-processor.ts";
import { TabTuneError } from "../shared/errors.ts";
import { workerMessage } from "../shared/messages/worker.en.ts";

/** Positions of the KV cache, unless the model holds fewer. */
const MOST_POSITIONS = 2048;
/** Tokens of an answer during a run. */
const SAMPLE_TOKENS = 48;

interface Surroundings {
	/** Of the active adapter. */
	layout(): AdapterLayout | null;
	/** Kernels that compile before an answer's. */
	kernelsFirst(): Promise<void>;
}

export class Answers {
	private generator: Generator | null = null;
	private cancelled = false;
	private last: Promise<unknown> = Promise.resolve();

	constructor(
		private readonly runtime: ModelRuntime,
		private readonly textProcessor: TextProcessor | null,
		private readonly around: Surroundings,
	) {}

	ask(request: GenerateRequest, onText: (piece: string) => void): Promise<GenerateResult> {
		return this.inTurn(() => this.answer(request, onText));
	}

	/** One request, answered over several adapters, or the base where there is null, in one batch. */
	together(
		hands: readonly (Adapter | null)[],
		request: GenerateRequest,
		onText: (slot: number, piece: string) => void,
	): Promise<{ answers: GenerateResult[]; pace: BatchThroughput }> {
		return this.inTurn(async () => {
			const textProcessor = this.requireTextProcessor();
			this.cancelled = false;
			const input_ids = promptIds(textProcessor, request.prompt, request.raw);
			await this.around.kernelsFirst();
			// Loaded when it is wanted: a first visit asks one adapter.
			const { MultiAdapterGenerator } = await import("../engine/train/multi-adapter-generator.ts");
			const { max_position_embeddings } = this.runtime.model.config;
			const cacheLength = Math.min(max_position_embeddings, MOST_POSITIONS, input_ids.length + request.max_new_tokens);
			const generator = await MultiAdapterGenerator.create(this.runtime, { slots: hands, cacheLength });
			try {
				const texts = hands.map((_, slot) => new AnswerText(textProcessor.tokenizer, (piece) => onText(slot, piece)));
				const started = performance.now();
				const said = await generator.generate(input_ids, request, textProcessor.eos, (slot, id) => {
					texts[slot].push(id);
					return !this.cancelled;
				});
				const seconds = (performance.now() - started) / 1000;
				const answers = said.map((one, slot) => ({ text: texts[slot].end(), input_ids, ...one }));
				return { answers, pace: { tokens: said.reduce((sum, one) => sum + one.output_ids.length, 0), seconds } };
			} finally {
				generator.release();
			}
		});
	}

	/** Ends the answer in the making; it keeps what it has. */
	cancel(): void {
		this.cancelled = true;
	}

	async sample(prompt: string): Promise<string> {
		const sampling = { max_new_tokens: SAMPLE_TOKENS, temperature: 0, top_p: 1, top_k: 0, seed: 0, adapterStrength: 1 };
		return (await this.ask({ prompt, ...sampling }, () => undefined)).text;
	}

	/** [T, vocab] of a text under base and adapter. */
	logits(input_ids: readonly number[], adapterStrength: number): Promise<Float32Array> {
		const { vocab_size, max_position_embeddings } = this.runtime.model.config;
		if (input_ids.length === 0 || input_ids.length > max_position_embeddings)
			throw new TabTuneError("usage", {
				what: workerMessage("textLength", { tokens: input_ids.length, most: max_position_embeddings }),
				where: "input_ids",
				next: workerMessage("textLength.next"),
			});
		const strange = input_ids.find((id) => !(Number.isInteger(id) && id >= 0 && id < vocab_size));
		if (strange !== undefined)
			throw new TabTuneError("usage", {
				what: workerMessage("tokenId", { id: strange, vocabulary: vocab_size }),
				where: "input_ids",
				next: workerMessage("tokenId.next"),
			});
		return this.inTurn(() => textLogits(this.runtime, this.around.layout(), input_ids, adapterStrength));
	}

	/** Makes what an answer needs, over the active adapter. */
	async ready(): Promise<Generator> {
		const room = Math.min(this.runtime.model.config.max_position_embeddings, MOST_POSITIONS);
		this.generator ??= await Generator.create(this.runtime, this.around.layout(), room);
		return this.generator;
	}

	/** Lets go of the active adapter. An answer in the making ends first: its buffers go with the generator. */
	async drop(): Promise<void> {
		for (let before: unknown = null; before !== this.last; ) {
			before = this.last;
			this.cancelled = true;
			await before;
		}
		this.generator?.release();
		this.generator = null;
	}

	/** Does something between two answers. */
	inTurn<T>(work: () => Promise<T>): Promise<T> {
		const turn = this.last.then(work);
		this.last = turn.catch(() => undefined);
		return turn;
	}

	/** Does something that makes generators of its own between two answers: they have their buffers under the same names. */
	alone<T>(work: () => Promise<T>): Promise<T> {
		return this.inTurn(() => {
			this.generator?.release();
			this.generator = null;
			return work();
		});
	}

	private async answer(request: GenerateRequest, onText: (piece: string) => void): Promise<GenerateResult> {
		const textProcessor = this.requireTextProcessor();
		this.cancelled = false;
		const { tokenizer, eos } = textProcessor;
		const ids = promptIds(textProcessor, request.prompt, request.raw);
		await this.around.kernelsFirst();
		if (this.cancelled) return { text: "", input_ids: ids, output_ids: [], stopped: "cancelled" };
		const generator = await this.ready();
		const text = new AnswerText(tokenizer, onText);
		const { output_ids, stopped } = await generator.generate(ids, request, eos, (id) => {
			text.push(id);
			return !this.cancelled;
		});
		return { text: text.end(), input_ids: ids, output_ids, stopped };
	}

	private requireTextProcessor(): TextProcessor {
		if (this.textProcessor === null)
			throw new TabTuneError("tokenizer", {
				what: workerMessage("noTokenizer"),
				where: "tokenizer.json",
				next: workerMessage("noTokenizer.next"),
			});
		return this.textProcessor;
	}
}

/** An answer's text as it grows. */
class AnswerText {
	private readonly stream: TextStream;
	private text = "";

	constructor(
		tokenizer: Tokenizer,
		private readonly onText: (piece: string) => void,
	) {
		this.stream = new TextStream(tokenizer, { skipSpecialTokens: true });
	}

	push(id: number): void {
		this.say(this.stream.push(id));
	}

	/** What was held back is said, and all of it returned. */
	end(): string {
		this.say(this.stream.flush());
		return this.text;
	}

	private say(piece: string): void {
		if (piece === "") return;
		this.text += piece;
		this.onText(piece);
	}
}
