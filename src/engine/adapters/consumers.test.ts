// Adapters exported for llama.cpp and MLX: each program's change of a weight must equal PEFT's.
import { expect, test } from "vitest";
import { openGguf } from "../formats/gguf.ts";
import {
	bytesSource,
	decodeToFloat32,
	encodeFloat32,
	memoryFolder,
	openSafetensors,
	writeSafetensors,
} from "../formats/index.ts";
import { errorOf, fixtureFolder } from "../formats/test-tools.ts";
import { pairedRow } from "../models/gguf/architecture.ts";
import { type LoadedModel, openModelFiles } from "../models/load.ts";
import type { LoraModule } from "./adapter.ts";
import { readAdapterFolder } from "./adapter-files.ts";
import { loraGguf, mlxFiles } from "./consumers.ts";
import { adapterLayout } from "./layout.ts";
import { NO_LORA } from "./peft-adapter.ts";
import { fileValues, valuesOf } from "./trainable.ts";

async function golden(name: string) {
	const model = await openModelFiles(fixtureFolder(`goldens/${name}`), name);
	return { model, adapter: await readAdapterFolder(model, fixtureFolder(`goldens/${name}/final`), name) };
}

/** scale · B · A, [out, in], of A [r, in] and B [out, r] */
function product(A: Float32Array, B: Float32Array, r: number, scale: number): Float64Array {
	const [width, out] = [A.length / r, B.length / r];
	return Float64Array.from({ length: out * width }, (_, at) => {
		const [o, i] = [Math.floor(at / width), at % width];
		let sum = 0;
		for (let k = 0; k < r; k++) sum += B[o * r + k] * A[k * width + i];
		return scale * sum;
	});
}

function expectSame(got: Float64Array, params: Float32Array, { A, B, r, scaling }: LoraModule): void {
	const expected = product(valuesOf(params, A), valuesOf(params, B), r, scaling);
	const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
	expect(largest).toBeGreaterThan(0);
	expect(got.length).toBe(expected.length);
	expect(got.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at])), 0) / largest).toBeLessThan(
		1e-6,
	);
}

// tied-bf16-llama3 is rsLoRA, with separate ranks and alphas for some modules.
test.each(["pissa", "tied-bf16-llama3", "bias-rank1"])("%s: GGUF", async (name) => {
	const { model, adapter } = await golden(name);
	const file = await loraGguf(model, adapter);
	const { metadata, tensors } = await openGguf(bytesSource(file), "adapter.gguf");
	expect(metadata.get("general.type")).toBe("adapter");
	expect(metadata.get("adapter.type")).toBe("lora");
	expect(tensors.size).toBe(2 * adapter.layout.modules.length);
	const alpha = Number(metadata.get("adapter.lora.alpha"));
	const names = { q_proj: "attn_q", k_proj: "attn_k", v_proj: "attn_v", o_proj: "attn_output" } as const;
	const mlp = { gate_proj: "ffn_gate", up_proj: "ffn_up", down_proj: "ffn_down" } as const;
	for (const entry of adapter.layout.modules) {
		const [, layer, part] = /layers\.(\d+)\.\w+\.(\w+)$/.exec(entry.module.path) ?? [];
		const short = { ...names, ...mlp }[part as keyof typeof names];
		const read = (which: string) => {
			const stored = tensors.get(`blk.${layer}.${short}.weight.${which}`);
			if (stored === undefined) throw new Error(`no ${which} of ${entry.module.path}`);
			return {
				shape: stored.shape,
				values: decodeToFloat32(file.slice(stored.offset, stored.offset + stored.byteLength), "F32"),
			};
		};
		const [a, b] = [read("lora_a"), read("lora_b")];
		expect([a.shape, b.shape]).toEqual([
			[entry.r, entry.module.in],
			[entry.module.out, entry.r],
		]);
		const paired = part === "q_proj" || part === "k_proj";
		const B = b.values.slice();
		if (paired)
			for (let row = 0; row < entry.module.out; row++) {
				const from = pairedRow(row, model.config.head_dim) * entry.r;
				B.set(b.values.subarray(from, from + entry.r), row * entry.r);
			}
		expectSame(product(a.values, B, entry.r, alpha / entry.r), adapter.params, entry);
	}
});

test.each(["pissa", "tied-bf16-llama3", "bias-rank1"])("%s: MLX", async (name) => {
	const { model, adapter } = await golden(name);
	const [weights, config] = mlxFiles(model, adapter);
	const { lora_parameters: lora, num_layers } = JSON.parse(new TextDecoder().decode(config.bytes));
	expect(num_layers).toBe(model.config.num_hidden_layers);
	const file = await openSafetensors(bytesSource(weights.bytes), weights.path);
	for (const entry of adapter.layout.modules) {
		const { path, in: width, out } = entry.module;
		expect(lora.keys).toContain(path.replace(/^model\.layers\.\d+\./, ""));
		expect(file.tensors.get(`${path}.lora_a`)?.shape).toEqual([width, lora.rank]);
		expect(file.tensors.get(`${path}.lora_b`)?.shape).toEqual([lora.rank, out]);
		const a = decodeToFloat32(await file.readTensor(`${path}.lora_a`), "F32");
		const b = decodeToFloat32(await file.readTensor(`${path}.lora_b`), "F32");
		// MLX adds scale · (x · a) · b, so PEFT's A is the transpose of a, and B that of b.
		const A = Float32Array.from({ length: a.length }, (_, at) => a[(at % width) * lora.rank + Math.floor(at / width)]);
		const B = Float32Array.from(
			{ length: b.length },
			(_, at) => b[(at % lora.rank) * out + Math.floor(at / lora.rank)],
		);
		expectSame(product(A, B, lora.rank, lora.scale), adapter.params, entry);
	}
});

// Ranks, alphas and rsLoRA of the source become a rank and an alpha per module.
test.each(["pissa", "tied-bf16-llama3", "bias-rank1"])(
	"%s: its GGUF and MLX files are read as adapters",
	async (name) => {
		const { model, adapter } = await golden(name);
		const mlx = Object.fromEntries(mlxFiles(model, adapter).map(({ path, bytes }) => [path, bytes]));
		const folders = [
			memoryFolder("mlx", mlx),
			memoryFolder("lora.gguf", { "lora.gguf": await loraGguf(model, adapter) }),
		];
		for (const folder of folders) {
			const read = await readAdapterFolder(model, folder, folder.name);
			expect(read.layout.modules.length).toBe(adapter.layout.modules.length);
			read.layout.modules.forEach(({ A, B, r, scaling }, at) => {
				const got = product(valuesOf(read.params, A), valuesOf(read.params, B), r, scaling);
				expectSame(got, adapter.params, adapter.layout.modules[at]);
			});
		}
	},
);

test("MLX: DoRA's magnitudes are read, full fine-tuning and unknown tensors are refused by name", async () => {
	const { model, adapter } = await golden("dora");
	const config = (changes: object) =>
		JSON.stringify({ config: null, fine_tune_type: "dora", lora_parameters: { rank: 4, scale: 2 }, ...changes });
	const tensors = adapter.layout.modules.flatMap(({ module, A, B, magnitude }) => {
		if (magnitude === null) throw new Error("no magnitude");
		const [a, b] = [valuesOf(adapter.params, A), valuesOf(adapter.params, B)];
		const f32 = (part: string, shape: number[], values: Float32Array) => ({
			name: `${module.path}.${part}`,
			dtype: "F32",
			shape,
			bytes: encodeFloat32(values),
		});
		const [[r, width], [out]] = [A.shape, B.shape];
		return [
			f32(
				"lora_a",
				[width, r],
				Float32Array.from(a, (_, at) => a[(at % r) * width + Math.floor(at / r)]),
			),
			f32(
				"lora_b",
				[r, out],
				Float32Array.from(b, (_, at) => b[(at % out) * r + Math.floor(at / out)]),
			),
			f32("m", [out], valuesOf(adapter.params, magnitude)),
		];
	});
	const folder = (changes: object, more: typeof tensors = []) =>
		memoryFolder("mlx", {
			"adapter_config.json": config(changes),
			"adapters.safetensors": writeSafetensors([...tensors, ...more], { format: "mlx" }),
		});
	const read = await readAdapterFolder(model, folder({}), "mlx");
	const magnitudes = ({ layout, params }: typeof read) =>
		layout.modules.map(({ magnitude }) => (magnitude === null ? null : [...valuesOf(params, magnitude)]));
	expect(magnitudes(read)).toEqual(magnitudes(adapter));
	const full = await errorOf(() => readAdapterFolder(model, folder({ fine_tune_type: "full" }), "mlx"));
	expect(full.message).toContain('an MLX adapter with fine_tune_type "full"');
	const extra = { name: "model.norm.weight", dtype: "F32", shape: [1], bytes: new Uint8Array(4) };
	const other = await errorOf(() => readAdapterFolder(model, folder({}, [extra]), "mlx"));
	expect(other.message).toContain("the MLX adapter has model.norm.weight [1]");
});

test("GGUF: LoRA on an embedding and a head that are two matrices is written and read, on a tied one refused", async () => {
	const ends = (model: LoadedModel) => {
		const settings = { ...NO_LORA, r: 2, lora_alpha: 6, target_modules: ["embed_tokens", "lm_head", "q_proj"] };
		const layout = adapterLayout(model, settings);
		const params = Float32Array.from({ length: layout.size }, (_, i) => Math.sin(i) / 8);
		return { layout, params, config: null, stored: null };
	};
	const tied = await openModelFiles(fixtureFolder("goldens/tied-bf16-llama3"), "tied");
	expect((await errorOf(() => loraGguf(tied, ends(tied)))).message).toContain("which the base ties");
	const model = await openModelFiles(fixtureFolder("goldens/bias-rank1"), "base");
	const adapter = ends(model);
	const bytes = await loraGguf(model, adapter);
	const { tensors } = await openGguf(bytesSource(bytes), "lora.gguf");
	// convert_lora_to_gguf.py transposes A of token_embd: llama.cpp looks its rows up by token id.
	const { vocab_size, hidden_size } = model.config;
	expect(tensors.get("token_embd.weight.lora_a")?.shape).toEqual([vocab_size, 2]);
	expect(tensors.get("token_embd.weight.lora_b")?.shape).toEqual([hidden_size, 2]);
	expect(tensors.get("output.weight.lora_a")?.shape).toEqual([2, hidden_size]);
	const read = await readAdapterFolder(model, memoryFolder("lora.gguf", { "lora.gguf": bytes }), "lora.gguf");
	const valuesByName = ({ layout: { tensors: own }, params: flat }: Pick<typeof read, "layout" | "params">) =>
		new Map(own.map((tensor) => [tensor.name, valuesOf(flat, tensor)]));
	expect(valuesByName(read)).toEqual(valuesByName(adapter));
});

// mlx_lm/tuner/lora.py: LoRAEmbedding's lora_a is [rows, r], and as_linear, a tied head, has its update transposed.
test.each(["ends", "tied-targets"])(
	"%s: MLX's files of LoRA on embedding and head are read as the same adapter",
	async (name) => {
		const model = await openModelFiles(fixtureFolder(`goldens/${name}`), name);
		const settings = { ...NO_LORA, r: 2, lora_alpha: 6, target_modules: ["embed_tokens", "lm_head", "q_proj"] };
		const golden = await readAdapterFolder(model, fixtureFolder(`goldens/${name}/final`), name);
		const plain = () => {
			const layout = adapterLayout(model, settings);
			return {
				layout,
				params: Float32Array.from({ length: layout.size }, (_, i) => Math.sin(i) / 8),
				config: null,
				stored: null,
			};
		};
		const adapter = name === "ends" ? plain() : golden;
		const files = mlxFiles(model, adapter);
		const { vocab_size, hidden_size } = model.config;
		const file = await openSafetensors(bytesSource(files[0].bytes), "adapters");
		const { rank } = JSON.parse(new TextDecoder().decode(files[1].bytes)).lora_parameters;
		expect(file.tensors.get("model.embed_tokens.lora_a")?.shape).toEqual([vocab_size, rank]);
		expect(file.tensors.get("model.embed_tokens.lora_b")?.shape).toEqual([rank, hidden_size]);
		expect(file.tensors.has("lm_head.lora_a")).toBe(name === "ends");
		const folder = memoryFolder("mlx", Object.fromEntries(files.map(({ path, bytes }) => [path, bytes])));
		const read = await readAdapterFolder(model, folder, "mlx");
		const weightOf = async ({ layout, params }: typeof read) => {
			const head = layout.modules.find(({ module }) => module.path === "lm_head");
			if (head === undefined || layout.table === null) throw new Error("LoRA is on both ends");
			const { A, B, r, scaling } = layout.table;
			return [
				product(fileValues(params, A), valuesOf(params, B), r, scaling),
				product(valuesOf(params, head.A), valuesOf(params, head.B), head.r, head.scaling),
			];
		};
		const [mine, theirs] = [await weightOf(read), await weightOf(adapter)];
		for (const [i, values] of mine.entries())
			expect(values.every((value, at) => Math.abs(value - theirs[i][at]) < 1e-6)).toBe(true);
	},
);
