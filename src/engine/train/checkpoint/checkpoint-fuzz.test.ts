// Damaged checkpoints: every flipped bit is noticed, and files with changed bytes are read or refused.
import { expect, test } from "vitest";
import { changedBytes, changedJson, fuzz, randomOf } from "../../../shared/test-fuzz.ts";
import { freshAdapter } from "../../adapters/create-adapter.ts";
import { EncodedDataset } from "../../data/dataset.ts";
import { encodeFloat32, memoryFolder, writeSafetensors } from "../../formats/index.ts";
import { openModelFiles } from "../../models/load.ts";
import { resolveSettings } from "../settings.ts";
import { testFolder } from "../test-runtime.ts";
import { checkpointFiles, readCheckpoint } from "./checkpoint.ts";
import { fingerprintsOf } from "./identity.ts";

const model = await openModelFiles(testFolder("fixtures/goldens/odd"), "odd");
const settings = resolveSettings({ r: 2 }, "the test");
const adapter = await freshAdapter(model, settings, () => Promise.reject(new Error("unneeded")));
const rows = EncodedDataset.of([{ input_ids: Int32Array.of(1, 2), labels: Int32Array.of(-100, 2) }]);
const flat = (scale: number) => Float32Array.from({ length: adapter.layout.size }, (_, i) => scale * (i + 1));
const state = { step: 7, updates: 6, params: flat(0.5), exp_avg: flat(1e-3), exp_avg_sq: flat(1e-6) };
const run = { id: "run-a", folder: "out", continues: false, ...(await fingerprintsOf(model, adapter.layout, rows)) };
const written = await checkpointFiles(model, { state, best: null, adapter, settings, rows: 1, run });
type Files = Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
const files: Files = Object.fromEntries(written.map(({ path, bytes }) => [path, new Uint8Array(bytes)]));
const total = written.reduce((sum, { bytes }) => sum + bytes.length, 0);
const read = (changed: Files) => readCheckpoint(memoryFolder("checkpoint-7", { ...files, ...changed }));

test("a flipped bit at 200 places of a checkpoint is noticed at every one", async () => {
	const before = JSON.stringify(await read({}));
	const random = randomOf(1);
	let noticed = 0;
	// Half of them in the small files, which are a small part of the bytes.
	for (let i = 0; i < 200; i++) {
		const { path, bytes } = random.oneOf(written);
		const changed = new Uint8Array(bytes);
		changed[random.below(bytes.length)] ^= 1 << random.below(8);
		const outcome = await read({ [path]: changed }).then(JSON.stringify, () => null);
		// Another spelling of the same checksums, such as a space that becomes another, is no damage.
		if (outcome === null || outcome === before) noticed++;
	}
	expect(noticed).toBe(200);
});

test("a missing file is noticed", async () => {
	for (const path of Object.keys(files)) {
		const { [path]: _missing, ...others } = files;
		await expect(readCheckpoint(memoryFolder("checkpoint-7", others)), path).rejects.toThrow(/checkpoint-7/);
	}
});

test("checkpoints of older versions, which have no checksums, are read or refused", async () => {
	const optimizer = writeSafetensors(
		(["params", "exp_avg", "exp_avg_sq"] as const).map((name) => ({
			name,
			dtype: "F32",
			shape: [state[name].length],
			bytes: encodeFloat32(state[name]),
		})),
		{ format: "pt" },
	);
	const facts = { global_step: 7, updates: 6, settings };
	const text = new TextEncoder();
	await fuzz(
		(random) => ({
			input: {
				"optimizer.safetensors": random.chance(0.5) ? changedBytes(random, optimizer, 600) : optimizer,
				"trainer_state.json": text.encode(random.chance(0.5) ? changedJson(random, facts) : JSON.stringify(facts)),
			},
			size: total,
		}),
		async (input) => {
			const { state: found } = await readCheckpoint(memoryFolder("checkpoint-7", input));
			expect(found.step).toBeGreaterThanOrEqual(found.updates);
			expect(found.exp_avg.length).toBe(found.params.length);
			expect(found.exp_avg_sq.every((square) => square >= 0)).toBe(true);
		},
	);
});
