// A GGUF file whose linear layers stay in quantised blocks on the GPU, compared with the same file dequantised to float32:
// training, losses, tensors, logits and merging, within the tolerances of the PyTorch goldens. The file contains every block type.
// formats/gguf-blocks.test.ts and graph/ops/matmul.gpu.test.ts compare the decoding with the gguf package.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshAdapter } from "../engine/adapters/create-adapter.ts";
import { encodeFile } from "../engine/data/encode-file.ts";
import { testGpu } from "../engine/executor/test-gpu.ts";
import { GGUF_TYPES } from "../engine/formats/gguf-blocks.ts";
import { type GgufField, planGguf, writeGguf } from "../engine/formats/gguf-write.ts";
import { encodeFloat32 } from "../engine/formats/index.ts";
import { openModelFiles } from "../engine/models/load.ts";
import { kaimingUniform, Purpose } from "../engine/random.ts";
import { runBytes } from "../engine/train/estimate.ts";
import { startRuntime } from "../engine/train/runtime.ts";
import { resolveSettings } from "../engine/train/settings.ts";
import { Trainer } from "../engine/train/trainer.ts";
import { fileBlob, ggufFile } from "./node-files.ts";
import { readTensors, relativeError, tabtune } from "./test-cli.ts";
import { expectTensors, resultOf } from "./test-golden.ts";

const [HIDDEN, MLP, VOCABULARY, HEADS, KV_HEADS] = [256, 512, 97, 4, 2];
/** The types of q, k, v, o, gate, up and down, layer by layer. */
const TYPES = [
	["Q4_K", "Q5_K", "Q6_K", "Q8_0", "Q4_0", "Q4_1", "Q5_0"],
	["Q6_K", "Q4_K", "Q8_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"],
];
/** The bits of a type's float16 factors and their positions, chosen so that the weights have a usual size around zero. */
const FACTORS: Record<string, readonly (readonly [number, number])[]> = {
	Q4_0: [[0, 0x2400]],
	Q4_1: [
		[0, 0x2400],
		[2, 0xaf80],
	],
	Q5_0: [[0, 0x2000]],
	Q5_1: [
		[0, 0x2000],
		[2, 0xafc0],
	],
	Q8_0: [[0, 0x1400]],
	Q4_K: [
		[0, 0x1000],
		[2, 0x1b80],
	],
	Q5_K: [
		[0, 0x0c00],
		[2, 0x1bc0],
	],
	Q6_K: [[208, 0x0400]],
};

function blocks(name: string, count: number, seed: number): Uint8Array {
	const type = [...GGUF_TYPES.values()].find((one) => one.name === name);
	if (type === undefined) throw new Error(name);
	const noise = kaimingUniform((count / type.elements) * type.bytes, 1, seed, Purpose.init, 0);
	const bytes = Uint8Array.from(noise, (value) => Math.floor((value + 1) * 128));
	for (let at = 0; at < bytes.length; at += type.bytes)
		for (const [place, bits] of FACTORS[name]) new DataView(bytes.buffer).setUint16(at + place, bits, true);
	return bytes;
}

async function makeModel(): Promise<Uint8Array> {
	let seed = 1;
	const floats = (name: string, shape: readonly number[], size: number, middle = 0) => ({
		name,
		shape,
		type: "F32",
		bytes: () => {
			const values = kaimingUniform(
				shape.reduce((a, b) => a * b),
				1 / size ** 2,
				seed++,
				Purpose.init,
				0,
			);
			return encodeFloat32(values.map((value) => value + middle));
		},
	});
	const kv = (HIDDEN / HEADS) * KV_HEADS;
	const shapes: [string, number[]][] = [
		["attn_q", [HIDDEN, HIDDEN]],
		["attn_k", [kv, HIDDEN]],
		["attn_v", [kv, HIDDEN]],
		["attn_output", [HIDDEN, HIDDEN]],
		["ffn_gate", [MLP, HIDDEN]],
		["ffn_up", [MLP, HIDDEN]],
		["ffn_down", [HIDDEN, MLP]],
	];
	const tensors = [
		floats("token_embd.weight", [VOCABULARY, HIDDEN], 0.7),
		floats("output_norm.weight", [HIDDEN], 0.2, 1),
		...TYPES.flatMap((types, layer) => [
			...["attn_norm", "ffn_norm"].map((name) => floats(`blk.${layer}.${name}.weight`, [HIDDEN], 0.2, 1)),
			...shapes.map(([name, shape], i) => ({
				name: `blk.${layer}.${name}.weight`,
				shape,
				type: types[i],
				bytes: () => blocks(types[i], shape[0] * shape[1], seed++),
			})),
		]),
	];
	const number = (key: string, value: number): GgufField => ({ key, kind: "uint32", value });
	const text = (key: string, value: string): GgufField => ({ key, kind: "text", value });
	const tokens = ["a", "b", "ab", ...Array.from({ length: VOCABULARY - 3 }, (_, i) => `<${i}>`)];
	const fields: GgufField[] = [
		text("general.architecture", "llama"),
		number("llama.block_count", TYPES.length),
		number("llama.context_length", 64),
		number("llama.embedding_length", HIDDEN),
		number("llama.feed_forward_length", MLP),
		number("llama.attention.head_count", HEADS),
		number("llama.attention.head_count_kv", KV_HEADS),
		{ key: "llama.attention.layer_norm_rms_epsilon", kind: "float32", value: 1e-5 },
		text("tokenizer.ggml.model", "gpt2"),
		text("tokenizer.ggml.pre", "qwen2"),
		{ key: "tokenizer.ggml.tokens", kind: "texts", value: tokens },
		{ key: "tokenizer.ggml.token_type", kind: "int32s", value: tokens.map(() => 1) },
		{ key: "tokenizer.ggml.merges", kind: "texts", value: ["a b"] },
	];
	return writeGguf(planGguf(fields, tensors));
}

let dir = "";
let model = "";
beforeAll(async () => {
	dir = await mkdtemp(join(tmpdir(), "tabtune-blocks-"));
	model = join(dir, "model.gguf");
	await writeFile(model, await makeModel());
	const rows = Array.from({ length: 7 }, (_, row) => {
		const input_ids = Array.from({ length: 5 + ((row * 11) % 17) }, (_, i) => 3 + ((row * 31 + i * 17) % 90));
		return JSON.stringify({ input_ids, labels: input_ids.map((id, i) => (i < row % 3 ? -100 : id)) });
	});
	await writeFile(join(dir, "rows.jsonl"), rows.join("\n"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const SIDES = [
	["ours", []],
	["plain", ["--dtype", "float32"]],
] as const;

/** Runs the command on the file as it is and on the dequantised file. */
async function both<T>(work: (base: readonly string[], side: string) => Promise<T>): Promise<[T, T]> {
	const [[ours, own], [plain, float]] = SIDES;
	return [await work(["--model", model, ...own], ours), await work(["--model", model, ...float], plain)];
}

test("losses within 1e-5, gradient norms within 1e-4, tensors within 1e-3 of their update; uses megabytes less memory", async () => {
	const run = [
		"--max-steps",
		"6",
		"--r",
		"5",
		"--learning-rate",
		"5e-3",
		"--per-device-train-batch-size",
		"2",
		"--quiet",
	];
	const runs = await both(async (base, side) => {
		const out = join(dir, side);
		const { peak_gpu_bytes } = await resultOf([
			"train",
			...base,
			"--train-file",
			join(dir, "rows.jsonl"),
			"--output-dir",
			out,
			...run,
		]);
		const text = await readFile(join(out, "metrics.jsonl"), "utf8");
		const lines: { loss: number; grad_norm: number }[] = text
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line));
		return { peak_gpu_bytes, lines, tensors: await readTensors(join(out, "adapter_model.safetensors")) };
	});
	const [ours, plain] = runs;
	expect(ours.lines.length).toBe(6);
	expect(plain.lines[5].loss).toBeLessThan(0.9 * plain.lines[0].loss);
	const worst = { loss: 0, grad_norm: 0 };
	ours.lines.forEach((line, i) => {
		for (const key of ["loss", "grad_norm"] as const)
			worst[key] = Math.max(worst[key], Math.abs(line[key] / plain.lines[i][key] - 1));
	});
	console.log(
		`blocks against float32: loss within ${worst.loss.toExponential(1)}, norm ${worst.grad_norm.toExponential(1)}; ${ours.peak_gpu_bytes} against ${plain.peak_gpu_bytes} bytes`,
	);
	expect(worst.loss).toBeLessThan(1e-5);
	expect(worst.grad_norm).toBeLessThan(1e-4);
	// lora_B starts at zero; lora_A is the same on both sides.
	const init = new Map(
		[...plain.tensors].map(([key, { shape, values }]) => [key, { shape, values: values.map(() => 0) }]),
	);
	expectTensors("blocks", { init, final: plain.tensors, ours: ours.tensors });
	expect(ours.peak_gpu_bytes).toBeLessThan(plain.peak_gpu_bytes - 3_500_000);
});

test("the plan's peak is within 5 % of what the device allocates", async () => {
	const runtime = await startRuntime(await testGpu(), await openModelFiles(await ggufFile(model), model));
	const settings = resolveSettings({ r: 4, per_device_train_batch_size: 2 }, "the settings");
	const { layout, params } = await freshAdapter(runtime.model, settings, async () => []);
	const { dataset: train } = await encodeFile(
		{ name: "rows.jsonl", format: "jsonl", blob: await fileBlob(join(dir, "rows.jsonl")) },
		{ tokenizer: null, template: null, vocabSize: VOCABULARY, settings },
	);
	const planned = runBytes(runtime.model, layout, settings, train.capacity(2), false);
	const trainer = await Trainer.create(runtime, { layout, settings, train, heldOut: null, start: params });
	expect(Math.abs(runtime.gpu.allocated.bytes / planned - 1)).toBeLessThan(0.05);
	trainer.release();
	runtime.gpu.destroy();
});

test("logits within 1e-5 of the largest; inspect states the precision", async () => {
	const [ours, plain] = await both(async (base, side) => {
		const output = join(dir, `${side}.safetensors`);
		await resultOf([
			"logits",
			...base,
			"--adapter",
			join(dir, "plain"),
			"--input-ids",
			"5,9,2,7,31,8,8,40",
			"--output",
			output,
		]);
		return (await readTensors(output)).get("logits")?.values ?? new Float32Array();
	});
	expect(relativeError(ours, plain)).toBeLessThan(1e-5);
	expect((await resultOf(["inspect", model])).dtype).toBe("gguf");
});

test("the merged model has the weights that training used, in 16 bits by default", async () => {
	const [ours, plain] = await both(async (base, side) => {
		const out = join(dir, `merged-${side}`);
		await resultOf([
			"merge",
			...base,
			"--adapter",
			join(dir, "plain"),
			"--output-dir",
			out,
			"--output-dtype",
			"float32",
		]);
		return readTensors(join(out, "model.safetensors"));
	});
	expect(ours).toEqual(plain);
	const out = join(dir, "merged-16");
	await resultOf(["merge", "--model", model, "--adapter", join(dir, "plain"), "--output-dir", out]);
	expect(JSON.parse(await readFile(join(out, "config.json"), "utf8")).dtype).toBe("bfloat16");
});

test("methods that change the base are rejected, with the precision to use", async () => {
	const paths = ["--model", model, "--train-file", join(dir, "rows.jsonl"), "--output-dir", join(dir, "full")];
	const { status, stderr } = await tabtune(["train", ...paths, "--method", "full"]);
	expect(stderr).toMatch(/a base loaded as gguf cannot be fully fine-tuned.*load the base in bfloat16 or float32/);
	expect(status).toBe(2);
});
