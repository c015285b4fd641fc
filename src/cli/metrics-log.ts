// Writes metrics.jsonl and samples.jsonl of a run in order, a few lines at a time, and prints the events to stderr.

import { appendFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Rewards, RunEvent } from "../engine/api.ts";
import { textOf } from "../shared/messages/message.ts";
import { storageError } from "./node-files.ts";
import { say } from "./output.ts";

/** The rewards under the names of TRL's DPOTrainer. */
export function rewardFields({ chosen, rejected, margin, accuracy }: Rewards) {
	return {
		"rewards/chosen": chosen,
		"rewards/rejected": rejected,
		"rewards/margins": margin,
		"rewards/accuracies": accuracy,
	};
}

/** The text that follows the loss of preference pairs. */
function rewardText(rewards: Rewards | undefined): string {
	if (rewards === undefined) return "";
	return `  margin ${rewards.margin.toFixed(4)}  accuracy ${rewards.accuracy.toFixed(2)}`;
}

export class MetricsLog {
	private lines: string[] = [];
	private writing: Promise<void> = Promise.resolve();

	/** @param prefix of every printed line: "rank 4, " if several runs train at once */
	constructor(
		private readonly path: string,
		private readonly quiet: boolean,
		private readonly prefix = "",
	) {}

	add(event: RunEvent): void {
		if (event.type === "sample") {
			this.writing = this.writing.then(() =>
				writeSample(join(dirname(this.path), "samples.jsonl"), event.step, event.prompt, event.text),
			);
		} else if (event.type === "step") {
			const { type: _type, rewards, ...line } = event;
			this.lines.push(JSON.stringify({ ...line, ...(rewards && rewardFields(rewards)) }));
			if (!this.quiet)
				say(
					`${this.prefix}step ${event.step}  loss ${event.loss.toFixed(4)}  grad_norm ${event.grad_norm.toFixed(3)}  lr ${event.learning_rate.toExponential(2)}${rewardText(rewards)}`,
				);
		} else if (event.type === "eval") {
			const { type: _type, rewards, ...line } = event;
			const fields = rewards && Object.entries(rewardFields(rewards)).map(([name, value]) => [`eval_${name}`, value]);
			this.lines.push(JSON.stringify({ ...line, ...(fields && Object.fromEntries(fields)) }));
			if (!this.quiet)
				say(`${this.prefix}step ${event.step}  eval_loss ${event.eval_loss.toFixed(4)}${rewardText(rewards)}`);
		} else if (event.type === "skipped") say(`${this.prefix}step ${event.step} skipped: ${textOf(event.reason)}`);
		else if (event.type === "warning") say(`${this.prefix}warning: ${textOf(event.message)}`);
		if (this.lines.length >= 20) void this.flush();
	}

	flush(): Promise<void> {
		const lines = this.lines.splice(0);
		if (lines.length > 0) {
			this.writing = this.writing
				.then(() => appendFile(this.path, `${lines.join("\n")}\n`))
				.catch((cause) => {
					throw storageError(this.path, cause);
				});
		}
		return this.writing;
	}
}

/** Appends a line to samples.jsonl. */
async function writeSample(path: string, step: number, prompt: string, text: string): Promise<void> {
	say(`step ${step}  ${JSON.stringify(text)}`);
	try {
		await appendFile(path, `${JSON.stringify({ step, prompt, text })}\n`);
	} catch (cause) {
		throw storageError(path, cause);
	}
}
