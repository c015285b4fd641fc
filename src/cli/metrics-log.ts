// Writes metrics.jsonl and samples.jsonl of a run in order, a few lines at a time, and prints the events to stderr. A run does not
// end because its log cannot be written: the lines are kept and written later.

import { appendFile, stat, truncate } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { RunEvent, TrainingMetrics } from "../engine/api.ts";
import { textOf } from "../shared/messages/message.ts";
import { storageError } from "./node-files.ts";
import { say } from "./output.ts";

/** The text that follows the loss of preferences. */
function rewardText(metrics: TrainingMetrics | undefined): string {
	const { "rewards/margins": margin, "rewards/accuracies": accuracy } = metrics ?? {};
	const texts = [
		margin === undefined ? "" : `  margin ${margin.toFixed(4)}`,
		accuracy === undefined ? "" : `  accuracy ${accuracy.toFixed(2)}`,
	];
	return texts.join("");
}

const scoreText = (score: number | undefined): string =>
	score === undefined ? "" : `  eval_score ${score.toFixed(4)}`;

/** Lines that are written at once. */
const LINES = 20;

export class MetricsLog {
	private readonly metrics: LineFile;
	private readonly samples: LineFile;

	/** @param prefix of every printed line: "rank 4, " if several runs train at once */
	constructor(
		path: string,
		private readonly quiet: boolean,
		private readonly prefix = "",
	) {
		this.metrics = new LineFile(path);
		this.samples = new LineFile(join(dirname(path), "samples.jsonl"));
	}

	add(event: RunEvent): void {
		if (event.type === "sample") {
			const { step, prompt, text } = event;
			say(`step ${step}  ${JSON.stringify(text)}`);
			this.samples.add({ step, prompt, text });
			void this.samples.flush();
		} else if (event.type === "step") {
			const { type: _type, metrics, ...line } = event;
			this.metrics.add({ ...line, ...metrics });
			if (!this.quiet)
				say(
					`${this.prefix}step ${event.step}  loss ${event.loss.toFixed(4)}  grad_norm ${event.grad_norm.toFixed(3)}  lr ${event.learning_rate.toExponential(2)}${rewardText(metrics)}`,
				);
		} else if (event.type === "eval") {
			const { type: _type, metrics = {}, ...line } = event;
			const fields = Object.entries(metrics).map(([name, value]) => [`eval_${name}`, value]);
			this.metrics.add({ ...line, ...Object.fromEntries(fields) });
			if (!this.quiet)
				say(
					`${this.prefix}step ${event.step}  eval_loss ${event.eval_loss.toFixed(4)}${scoreText(event.eval_score)}${rewardText(metrics)}`,
				);
		} else if (event.type === "skipped") say(`${this.prefix}step ${event.step} skipped: ${textOf(event.reason)}`);
		else if (event.type === "warning") say(`${this.prefix}warning: ${textOf(event.message)}`);
		if (this.metrics.waiting >= LINES) void this.metrics.flush();
	}

	/** Writes the waiting lines if that is possible; never rejects. */
	async flush(): Promise<void> {
		await Promise.all([this.metrics.flush(), this.samples.flush()]);
	}

	/** Writes the last lines, and says how many could not be written. */
	async close(): Promise<void> {
		await this.flush();
		for (const file of [this.metrics, this.samples])
			if (file.waiting > 0) say(`warning: the last ${file.waiting} lines of ${file.path} are missing`);
	}
}

/** A file of JSON lines that are appended. */
class LineFile {
	private lines: string[] = [];
	private writing: Promise<void> = Promise.resolve();
	private warned = false;

	constructor(readonly path: string) {}

	get waiting(): number {
		return this.lines.length;
	}

	add(line: unknown): void {
		this.lines.push(JSON.stringify(line));
	}

	flush(): Promise<void> {
		this.writing = this.writing.then(() => this.write());
		return this.writing;
	}

	private async write(): Promise<void> {
		const { length } = this.lines;
		if (length === 0) return;
		const before = (await stat(this.path).catch(() => null))?.size;
		try {
			await appendFile(this.path, `${this.lines.slice(0, length).join("\n")}\n`);
			this.lines.splice(0, length);
		} catch (cause) {
			// A part of the lines may be there.
			if (before !== undefined) await truncate(this.path, before).catch(() => undefined);
			if (this.warned) return;
			this.warned = true;
			const error = storageError(this.path, cause) as Error;
			say(`warning: ${error.message}; training continues, and the lines are written when that is possible`);
		}
	}
}
