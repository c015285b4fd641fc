// Adapters exported for llama.cpp and MLX: each program's change of a weight must equal PEFT's.
import { expect, test } from "vitest";
import { openGguf } from "../formats/gguf.ts";
import { bytesSource, decodeToFloat32, openSafetensors } from "../formats/index.ts";
import { fixtureFolder } from "../formats/test-tools.ts";
import { pairedRow } from "../models/gguf/architecture.ts";
import { openModelFiles } from "../models/load.ts";
import type { LoraModule } from "./adapter.ts";
import { readAdapterFolder } from "./adapter-files.ts";
import { loraGguf, mlxFiles } from "./consumers.ts";
import { valuesOf } from "./trainable.ts";

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
