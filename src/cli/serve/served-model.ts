// A model that is served, with any number of adapters over its frozen weights. Requests run one after another; each
// names the adapter that answers it, which is uploaded if the last request had another.
import type { Adapter } from "../../engine/adapters/adapter.ts";
import { TextStream } from "../../engine/data/tokenizer.ts";
import { Generator } from "../../engine/train/generator.ts";
import { type ModelRuntime, releaseAdapter, uploadAdapter } from "../../engine/train/runtime.ts";
import type { TextProcessor } from "../../engine/train/text-processor.ts";
import { HttpError } from "./http-error.ts";
import type { CompletionRequest } from "./requests.ts";
import { StopText } from "./stop-text.ts";

export interface Completion {
	readonly text: string;
	readonly finish_reason: "stop" | "length";
	readonly prompt_tokens: number;
	readonly completion_tokens: number;
}

interface ServedModelOptions {
	readonly runtime: ModelRuntime;
	readonly language: TextProcessor;
	/** The name of the base. */
	readonly name: string;
	readonly adapters: ReadonlyMap<string, Adapter>;
	/** The maximum of prompt and answer together, in tokens. */
	readonly maxModelLen: number;
}

export class ServedModel {
	readonly language: TextProcessor;
	readonly name: string;
	readonly maxModelLen: number;
	private readonly runtime: ModelRuntime;
	private readonly adapters: Map<string, Adapter>;
	private current: { readonly adapter: Adapter | null; readonly generator: Generator } | null = null;
	private last: Promise<unknown> = Promise.resolve();

	constructor({ runtime, language, name, adapters, maxModelLen }: ServedModelOptions) {
		this.runtime = runtime;
		this.language = language;
		this.name = name;
		this.adapters = new Map(adapters);
		this.maxModelLen = maxModelLen;
	}

	/** The base and the adapters. */
	names(): string[] {
		return [this.name, ...this.adapters.keys()];
	}

	/** @throws HttpError 404 for a name that is neither the base nor an adapter */
	require(name: string): void {
		if (name !== this.name && !this.adapters.has(name))
			throw new HttpError(404, `the model "${name}" does not exist; there are ${this.names().join(", ")}`, "model");
	}

	/** Adds an adapter. @throws HttpError 400 if the name is taken */
	load(name: string, adapter: Adapter): void {
		if (this.names().includes(name)) throw new HttpError(400, `the name "${name}" is taken`, "lora_name");
		this.adapters.set(name, adapter);
	}

	/** Removes an adapter; requests that wait for it fail. @throws HttpError 404 */
	unload(name: string): void {
		if (!this.adapters.delete(name)) throw new HttpError(404, `there is no adapter "${name}"`, "lora_name");
	}

	/**
	 * Answers after the requests before it.
	 * @param onText called with each piece of the text; return false to stop
	 * @throws HttpError 404 for an unknown model, 400 for a prompt that is too long
	 */
	complete(request: CompletionRequest, onText: (piece: string) => boolean): Promise<Completion> {
		const turn = this.last.then(() => this.answer(request, onText));
		this.last = turn.catch(() => undefined);
		return turn;
	}

	private async answer(
		{ model, input_ids, sampling, stop }: CompletionRequest,
		onText: (piece: string) => boolean,
	): Promise<Completion> {
		this.require(model);
		const generator = await this.generatorOf(this.adapters.get(model) ?? null);
		const room = this.maxModelLen - input_ids.length;
		if (room < 1)
			throw new HttpError(400, `the prompt has ${input_ids.length} tokens; the model allows ${this.maxModelLen}`);
		const max_new_tokens = sampling.max_new_tokens ?? room;
		if (max_new_tokens > room)
			throw new HttpError(
				400,
				`is ${max_new_tokens}, but after a prompt of ${input_ids.length} tokens the model allows ${room}`,
				"max_tokens",
			);
		const stream = new TextStream(this.language.tokenizer, { skipSpecialTokens: true });
		const stops = new StopText(stop);
		let text = "";
		const show = (piece: string): boolean => {
			text += piece;
			return (piece === "" || onText(piece)) && !stops.ended;
		};
		const generated = await generator.generate(
			input_ids,
			{ ...sampling, max_new_tokens, adapterStrength: 1 },
			this.language.eos,
			(id) => show(stops.push(stream.push(id))),
		);
		if (!stops.ended) show(stops.push(stream.flush()) + stops.flush());
		return {
			text,
			finish_reason: generated.stopped === "length" && !stops.ended ? "length" : "stop",
			prompt_tokens: input_ids.length,
			completion_tokens: generated.output_ids.length,
		};
	}

	private async generatorOf(adapter: Adapter | null): Promise<Generator> {
		if (this.current?.adapter === adapter) return this.current.generator;
		this.current?.generator.release();
		this.current = null;
		if (adapter === null) releaseAdapter(this.runtime);
		else uploadAdapter(this.runtime, adapter);
		const positions = this.maxModelLen + (adapter?.layout.virtualTokens ?? 0);
		const generator = await Generator.create(this.runtime, adapter?.layout ?? null, positions);
		this.current = { adapter, generator };
		return generator;
	}
}
