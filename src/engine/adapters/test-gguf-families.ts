// Test helper: a small GGUF file of a golden's family with linear layers in Q8_0 blocks. Its metadata is that of
// fixtures/gguf-NAME.gguf with sizes divisible by 32; its weights are random.
import { readFileSync } from "node:fs";
import { openGguf } from "../formats/gguf.ts";
import { type GgufField, planGguf, writeGguf } from "../formats/gguf-write.ts";
import { bytesSource, encodeFloat32 } from "../formats/index.ts";
import { quantise } from "../kernels/quantise.ts";
import { readModelConfig } from "../models/config.ts";
import { ggufName } from "../models/gguf/architecture.ts";
import { familyOf } from "../models/index.ts";
import { weightName } from "../models/linear.ts";
import { kaimingUniform, Purpose } from "../random.ts";
import { testFolder } from "../train/test-runtime.ts";

const SIZES = { hidden_size: 64, intermediate_size: 96, head_dim: 32, num_attention_heads: 2 };
const KEYS: Readonly<Record<string, number>> = {
	embedding_length: SIZES.hidden_size,
	feed_forward_length: SIZES.intermediate_size,
	"attention.head_count": SIZES.num_attention_heads,
	"attention.key_length": SIZES.head_dim,
	"attention.value_length": SIZES.head_dim,
	"rope.dimension_count": 16,
};
/** Sizes that differ by family. Phi-3 rotates half of each head, as "rope.dimension_count" above states. */
const SIZES_OF_FAMILY: Readonly<Record<string, object>> = {
	phi3: { ...SIZES, rope_parameters: { rope_theta: 10_000, partial_rotary_factor: 0.5 } },
	gpt2: { n_embd: SIZES.hidden_size, n_inner: SIZES.intermediate_size, n_head: SIZES.num_attention_heads },
};

/** Returns the file and the bytes of its linear layers by their Hugging Face names. Each is [out, in], row by row. */
export async function familyInBlocks(name: string) {
	const golden = testFolder(`fixtures/goldens/${name}`);
	const fileConfig = JSON.parse(await golden.text("config.json"));
	const text = async () => JSON.stringify({ ...fileConfig, ...(SIZES_OF_FAMILY[name] ?? SIZES) });
	const config = await readModelConfig({ ...golden, text });
	const family = familyOf(fileConfig.model_type);
	const architecture = family.gguf;
	if (architecture === undefined) throw new Error(name);
	const linear = new Set(family.linearModules(config).map(weightName));
	const raw = new Map<string, Uint8Array>();
	const tensors = family.weights(config).map(({ name: weight, shape }, i) => {
		const [rows, width = rows] = shape;
		const size = shape.reduce((product, n) => product * n, 1);
		const norm = /(norm|ln_\w)\.weight$/.test(weight) ? 1 : 0;
		const values = kaimingUniform(size, width, i, Purpose.init, 0).map((value) => norm + value);
		const block = linear.has(weight);
		const words = block ? quantise("q8_0", values, rows, width) : null;
		const bytes = words === null ? encodeFloat32(values) : new Uint8Array(words.buffer, 0, (size / 32) * 34);
		if (block) raw.set(weight, bytes);
		const written = ggufName(architecture, weight);
		if (written === undefined) throw new Error(weight);
		return { name: written, shape, type: block ? "Q8_0" : "F32", bytes: () => bytes };
	});
	const source = new Uint8Array(readFileSync(`fixtures/gguf-${name}.gguf`));
	const fields = [...(await openGguf(bytesSource(source), name)).fields].map(
		([key, { offset, byteLength }]): GgufField => {
			const value = KEYS[key.slice(architecture.name.length + 1)];
			return key.startsWith(`${architecture.name}.`) && value !== undefined
				? { key, kind: "uint32", value }
				: { key, kind: "copied", value: source.subarray(offset, offset + byteLength) };
		},
	);
	return { bytes: await writeGguf(planGguf(fields, tensors)), raw };
}
