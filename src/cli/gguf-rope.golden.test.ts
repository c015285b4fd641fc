// Rotary positions that a GGUF file states in any of llama.cpp's forms, compared with llama.cpp's logits (fixtures/make_gguf_rope.py).
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { GgufField } from "../engine/formats/gguf-write.ts";
import { changedGguf } from "../engine/models/gguf/test-gguf.ts";
import { readTensors, relativeError, tabtune } from "./test-cli.ts";

interface Case {
	readonly name: string;
	readonly fields: Readonly<Record<string, unknown>>;
	readonly logits: readonly number[];
}
const { input_ids, cases } = JSON.parse(await readFile("fixtures/gguf-rope.json", "utf8")) as {
	readonly input_ids: readonly number[];
	readonly cases: readonly Case[];
};

let work: string;
beforeAll(async () => {
	work = await mkdtemp(join(tmpdir(), "tabtune-rope-"));
});
afterAll(() => rm(work, { recursive: true, force: true }));

/** A field of the fixture. JSON has one type of numbers: the original length is whole, all others are float32. */
function fieldOf(key: string, value: unknown): GgufField {
	const full = `llama.${key}`;
	if (typeof value === "string") return { key: full, kind: "text", value };
	return { key: full, kind: key.endsWith("_length") ? "uint32" : "float32", value: Number(value) };
}

test.each(cases)("$name: logits of llama.cpp", { timeout: 300_000 }, async ({ fields, logits }) => {
	const { tensors, ...others } = fields;
	const bytes = await changedGguf(new Uint8Array(await readFile("fixtures/gguf-mistral.gguf")), {
		fields: Object.entries(others).map(([key, value]) => fieldOf(key, value)),
		tensors: tensors as Record<string, number[]> | undefined,
	});
	const [model, output] = [join(work, "case.gguf"), join(work, "logits.safetensors")];
	await writeFile(model, bytes);
	const run = await tabtune(["logits", "--model", model, "--input-ids", input_ids.join(), "--output", output]);
	expect(run.stderr).not.toContain("error");
	const all = (await readTensors(output)).get("logits");
	if (all === undefined) throw new Error("no logits");
	expect(relativeError(all.values.slice(-logits.length), Float32Array.from(logits))).toBeLessThan(1e-5);
});
