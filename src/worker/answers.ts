// Answers, samples and logits of the loaded model. Requests run one at a time, in order; the adapter changes only between
// two requests.
import type { Adapter, AdapterLayout } from "../engine/adapters/adapter.ts";
import type { BatchThroughput, GenerateRequest, GenerateResult, RunSettings } from "../engine/api.ts";
import { TextStream, type Tokenizer } from "../engine/data/tokenizer.ts";
import { Generator } from "../engine/train/generator.ts";
import { textLogits } from "../engine/train/logits.ts";
import type { ModelRuntime } from "../engine/train/runtime.ts";
import type { ScoredQuestions } from "../engine/train/score.ts";
import { promptIds, type TextProcessor } from "../engine/train/text-processor.ts";
import { TabTuneError } from "../shared/errors.ts";
import { workerMessage } from "../shared/messages/index.ts";

/** Positions in the KV cache, unless the model supports fewer. */
const MOST_POSITIONS = 2048;
/** Tokens in a sample answer during a run. */
const SAMPLE_TOKENS = 48;

interface AnswerContext {
	/** The layout of the active adapter. */
	layout(): AdapterLayout | null;
	/** Resolves once the kernels that take precedence over an answer's are compiled. */
	kernelsFirst(): Promise<void>;
}

export class Answers {
	private generator: Generator | null = null;
	private cancelled = false;
	private last: Promise<unknown> = Promise.resolve();

	constructor(
		private readonly runtime: ModelRuntime,
		private readonly textProcessor: TextProcessor | null,
		private readonly context: AnswerContext,
	) {}

	ask(request: GenerateRequest, onText: (piece: string) => void): Promise<GenerateResult> {
		return this.inTurn(() => this.answer(request, onText));
	}

	/** Answers one request with several adapters in one batch; null means the base. */
	together(
		adapters: readonly (Adapter | null)[],
		request: GenerateRequest,
		onText: (slot: number, piece: string) => void,
	): Promise<{ answers: GenerateResult[]; pace: BatchThroughput }> {
		return this.inTurn(async () => {
			const textProcessor = this.requireTextProcessor();
			this.cancelled = false;
			const input_ids = promptIds(textProcessor, request.prompt, request);
			await this.context.kernelsFirst();
			// Imported on demand: a first visit uses one adapter.
			const { MultiAdapterGenerator } = await import("../engine/train/multi-adapter-generator.ts");
			const { max_position_embeddings } = this.runtime.model.config;
			const cacheLength = Math.min(max_position_embeddings, MOST_POSITIONS, input_ids.length + request.max_new_tokens);
			const generator = await MultiAdapterGenerator.create(this.runtime, { slots: adapters, cacheLength });
			try {
				const texts = adapters.map(
					(_, slot) => new AnswerText(textProcessor.tokenizer, (piece) => onText(slot, piece)),
				);
				const started = performance.now();
				const results = await generator.generate(input_ids, request, textProcessor.eos, (slot, id) => {
					texts[slot].push(id);
					return !this.cancelled;
				});
				const seconds = (performance.now() - started) / 1000;
				const answers = results.map((one, slot) => ({ text: texts[slot].end(), input_ids, ...one }));
				return { answers, pace: { tokens: results.reduce((sum, one) => sum + one.output_ids.length, 0), seconds } };
			} finally {
				generator.release();
			}
		});
	}

	/** Ends the answer that is being generated; its text so far is returned. */
	cancel(): void {
		this.cancelled = true;
	}

	/** A sample answer of a run with these settings. */
	async sample(prompt: string, { chat_template_kwargs }: Pick<RunSettings, "chat_template_kwargs">): Promise<string> {
		const sampling = { max_new_tokens: SAMPLE_TOKENS, temperature: 0, top_p: 1, top_k: 0, seed: 0, adapterStrength: 1 };
		return (await this.ask({ prompt, chat_template_kwargs, ...sampling }, () => undefined)).text;
	}

	/** The share of questions that the active adapter answers correctly. */
	async score(scored: ScoredQuestions): Promise<number> {
		const { scoreAnswers, scoredLength } = await import("../engine/train/score.ts");
		const virtualTokens = this.context.layout()?.virtualTokens ?? 0;
		return this.inTurn(async () => scoreAnswers(await this.ready(virtualTokens + scoredLength(scored)), scored));
	}

	/** The logits of a text, [T, vocab], at an adapter strength. */
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
		return this.inTurn(() => textLogits(this.runtime, this.context.layout(), input_ids, adapterStrength));
	}

	/** Returns the generator over the active adapter, and creates it if necessary. @param least positions that it needs */
	async ready(least = 0): Promise<Generator> {
		const { max_position_embeddings } = this.runtime.model.config;
		const cacheLength = Math.min(max_position_embeddings, Math.max(MOST_POSITIONS, least));
		if (this.generator !== null && this.generator.cacheLength < Math.min(least, cacheLength)) {
			this.generator.release();
			this.generator = null;
		}
		this.generator ??= await Generator.create(this.runtime, this.context.layout(), cacheLength);
		return this.generator;
	}

	/** Releases the generator. An answer that is being generated ends first, because it uses the generator's buffers. */
	async drop(): Promise<void> {
		for (let before: unknown = null; before !== this.last; ) {
			before = this.last;
			this.cancelled = true;
			await before;
		}
		this.generator?.release();
		this.generator = null;
	}

	/** Runs `work` between two answers. */
	inTurn<T>(work: () => Promise<T>): Promise<T> {
		const turn = this.last.then(work);
		this.last = turn.catch(() => undefined);
		return turn;
	}

	/** Runs `work` without a generator, for work that creates other generators: their buffers have the same names. */
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
		const ids = promptIds(textProcessor, request.prompt, request);
		await this.context.kernelsFirst();
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

/** The text of an answer while it is generated. */
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
		this.emit(this.stream.push(id));
	}

	/** Emits the rest of the stream and returns the whole text. */
	end(): string {
		this.emit(this.stream.flush());
		return this.text;
	}

	private emit(piece: string): void {
		if (piece === "") return;
		this.text += piece;
		this.onText(piece);
	}
}
