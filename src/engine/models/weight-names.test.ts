// Folders whose weights have other names or types than the family's: loaded as transformers 5 loads them.

import { describe, expect, test } from "vitest";
import { textOf } from "../../shared/messages/message.ts";
import { decodeToFloat32, memoryFolder, writeSafetensors } from "../formats/index.ts";
import { testFolder } from "../train/test-runtime.ts";
import { openModelFiles } from "./load.ts";
import { weightValues } from "./upload.ts";

const TIED = "fixtures/goldens/saved-both-tied";
const [EMBEDDING, HEAD] = ["model.embed_tokens.weight", "lm_head.weight"];
const tied = await openModelFiles(testFolder(TIED), "tied");

interface Stored {
	readonly name: string;
	readonly dtype: string;
	readonly shape: readonly number[];
	readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The tied golden with other weights in its file. */
async function withWeights(change: (tensors: Stored[]) => Stored[]) {
	const { files } = tied;
	const tensors: Stored[] = [];
	for (const [name, { dtype, shape }] of files.tensors)
		tensors.push({ name, dtype, shape, bytes: (await files.readTensor(name)) as Uint8Array<ArrayBuffer> });
	const folder = memoryFolder("changed", {
		"config.json": await tied.folder.text("config.json"),
		"model.safetensors": writeSafetensors(change(tensors), { format: "pt" }),
	});
	return openModelFiles(folder, "changed");
}

const same = (a: Float32Array, b: Float32Array) => a.length === b.length && a.every((value, i) => value === b[i]);
const halved = ({ dtype, bytes, ...rest }: Stored): Stored => ({
	...rest,
	dtype: "F32",
	bytes: new Uint8Array(decodeToFloat32(bytes, dtype).map((value) => value / 2).buffer as ArrayBuffer),
});
const embeddingOf = (tensors: Stored[]) => tensors.filter(({ name }) => name === EMBEDDING);

describe("a head beside tie_word_embeddings true", () => {
	test("a different one is kept, with a warning, and the two are not tied", async () => {
		const model = await withWeights((all) => [
			...all,
			...embeddingOf(all)
				.map(halved)
				.map((t) => ({ ...t, name: HEAD })),
		]);
		expect(model.config.tie_word_embeddings).toBe(false);
		expect(model.warnings.map(textOf)).toEqual([expect.stringContaining("different lm_head.weight")]);
		const [embedding, head] = [await weightValues(model, EMBEDDING), await weightValues(model, HEAD)];
		expect(
			same(
				head,
				embedding.map((value) => value / 2),
			),
		).toBe(true);
	});

	test("an equal one stays tied", async () => {
		const model = await withWeights((all) => [...all, ...embeddingOf(all).map((t) => ({ ...t, name: HEAD }))]);
		expect([model.config.tie_word_embeddings, model.warnings]).toEqual([true, []]);
	});

	test("a head alone is the embedding too", async () => {
		const model = await withWeights((all) => all.map((t) => (t.name === EMBEDDING ? { ...t, name: HEAD } : t)));
		expect(model.config.tie_word_embeddings).toBe(true);
		expect(same(await weightValues(model, EMBEDDING), await weightValues(tied, EMBEDDING))).toBe(true);
	});
});

test("names without the model's prefix, as AutoModel saves them", async () => {
	const model = await withWeights((all) => all.map((t) => ({ ...t, name: t.name.replace(/^model\./, "") })));
	for (const { name } of tied.family.weights(tied.config))
		expect(same(await weightValues(model, name), await weightValues(tied, name)), name).toBe(true);
});

test("float64 is rounded to float32", async () => {
	const model = await withWeights((all) =>
		all.map(({ dtype, bytes, ...rest }) => {
			const doubles = Float64Array.from(decodeToFloat32(bytes, dtype), (value) => value * (1 + 2 ** -40));
			return { ...rest, dtype: "F64", bytes: new Uint8Array(doubles.buffer) };
		}),
	);
	expect(model.dtype).toBe("float32");
	for (const { name } of tied.family.weights(tied.config))
		expect(same(await weightValues(model, name), await weightValues(tied, name)), name).toBe(true);
});
