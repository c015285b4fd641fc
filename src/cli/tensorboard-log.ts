// Writes a run as a TensorBoard event file beside metrics.jsonl, with the names of transformers' TensorBoardCallback: train/loss,
// train/learning_rate, train/grad_norm, eval/loss. A run does not end because its event file cannot be written.
import { appendFile, mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { RunEvent } from "../engine/api.ts";
import {
	evaluationScalars,
	type ScalarEvent,
	scalarRecords,
	stepScalars,
	versionRecord,
} from "../shared/tensorboard.ts";
import { storageError } from "./node-files.ts";
import { say } from "./output.ts";

/** Records that are written at once. */
const RECORDS = 60;

/** The folder of a run's event file if no logging_dir is given, as in transformers: runs/Nov30_23-59-59_host. */
export function defaultLoggingDir(outputDir: string, now = new Date()): string {
	const two = (n: number) => String(n).padStart(2, "0");
	const month = now.toLocaleString("en", { month: "short" });
	const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join("-");
	return join(outputDir, "runs", `${month}${two(now.getDate())}_${time}_${hostname()}`);
}

export class TensorBoardLog {
	private readonly path: string;
	private waiting: Uint8Array[];
	private writing: Promise<void> = Promise.resolve();
	private failed = false;

	constructor(private readonly folder: string) {
		const seconds = Date.now() / 1000;
		this.path = join(folder, `events.out.tfevents.${Math.floor(seconds)}.${hostname()}.${process.pid}.0`);
		this.waiting = [versionRecord(seconds)];
	}

	add(event: RunEvent): void {
		const scalars = scalarsOf(event);
		if (scalars === null || !("step" in event)) return;
		this.waiting.push(...scalarRecords({ wall_time: Date.now() / 1000, step: event.step, scalars }));
		if (this.waiting.length >= RECORDS) void this.flush();
	}

	/** Writes the waiting records; never rejects. */
	flush(): Promise<void> {
		this.writing = this.writing.then(() => this.write());
		return this.writing;
	}

	private async write(): Promise<void> {
		const records = this.waiting;
		this.waiting = [];
		if (records.length === 0 || this.failed) return;
		try {
			await mkdir(this.folder, { recursive: true });
			await appendFile(this.path, Buffer.concat(records));
		} catch (cause) {
			this.failed = true; // a part of a record may be there, after which no reader continues
			say(`warning: ${(storageError(this.path, cause) as Error).message}; training continues without the event file`);
		}
	}
}

function scalarsOf(event: RunEvent): ScalarEvent["scalars"] | null {
	if (event.type === "step") return stepScalars(event);
	return event.type === "eval" ? evaluationScalars(event) : null;
}
