// Event files against the bytes of TensorBoard's own writer (fixtures/make_tensorboard.py).
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { scalarRecords, versionRecord } from "./tensorboard.ts";

test("the same scalars give the bytes that TensorBoard writes", async () => {
	const events: [step: number, tag: string, value: number][] = [
		[0, "eval/loss", 3.25],
		[1, "train/loss", 4.2094],
		[1, "train/learning_rate", 2e-4],
		[300, "train/grad_norm", 1e-9],
		[70_000, "eval/rewards/accuracies", 1],
	];
	const records = events.flatMap(([step, tag, value]) =>
		scalarRecords({ wall_time: 2.75, step, scalars: { [tag]: value } }),
	);
	const written = Buffer.concat([versionRecord(1.5), ...records]);
	expect(written.equals(await readFile("fixtures/events.tfevents"))).toBe(true);
});
