// Exports LoRA for other programs: llama.cpp's GGUF and MLX's folder; vllm.ts and ollama.ts have the others. llama.cpp and MLX have
// one scale for all modules, so each module's B is multiplied by the quotient of its scaling and that scale.
import { TabTuneError } from "../../shared/errors.ts";
import { adaptersMessage } from "../../shared/messages/index.ts";
import type { MessageText } from "../../shared/messages/message.ts";
import { encodeFloat32 } from "../formats/dtype.ts";
import { type GgufField, type GgufTensorToWrite, planGguf, writeGguf } from "../formats/gguf-write.ts";
import { writeSafetensors } from "../formats/index.ts";
import type { EmbeddingModule } from "../models/family.ts";
import { ggufName, isPaired, rowsToPairs } from "../models/gguf/architecture.ts";
import type { LoadedModel } from "../models/load.ts";
import type { PeftFile } from "../peft/lora-files.ts";
import { tiesTargets } from "../peft/targets.ts";
import type { Adapter, LoraModule } from "./adapter.ts";
import { pissaToLora } from "./pissa-to-lora.ts";
import { fileValues, valuesOf } from "./trainable.ts";

/**
 * The LoRA on embedding and head that a program can represent: none; on two matrices; or also the same update of a tied matrix
 * in both uses (ensure_weight_tying).
 */
type Ends = "none" | "untied" | "shared";

/** @throws TabTuneError "adapter" for an adapter that the program cannot represent */
export function plainLora(model: LoadedModel, adapter: Adapter, program: string, ends: Ends = "none"): Adapter {
	const other = otherThanPlainLora(model, adapter, ends);
	if (other === null) return pissaToLora(model, adapter);
	const method = adapter.layout.methods.join("+");
	throw new TabTuneError("adapter", {
		what: adaptersMessage("notPlainLora", { other, program }),
		next: adaptersMessage(other !== method || method === "full" ? "merge.next" : "keep.next"),
	});
}

/** What an adapter has that is not LoRA on modules that a program can adapt, null for none. */
export function otherThanPlainLora(model: LoadedModel, adapter: Adapter, ends: Ends): MessageText | null {
	const { table, modules, methods, settings, tokenRows } = adapter.layout;
	const method = methods.join("+");
	const { use_dora, modules_to_save, bias = "none" } = settings;
	const biases = settings.lora_bias === true ? "lora_bias" : bias === "none" ? null : adaptersMessage("trainedBiases");
	const head = model.family.head(model.config);
	const end = table?.module.path ?? modules.find(({ module }) => module.path === head.path)?.module.path;
	const tied = head.weight !== undefined && !(ends === "shared" && tiesTargets(model.family, model.config, settings));
	const embedding =
		end === undefined || (ends !== "none" && !tied)
			? null
			: ends === "none"
				? adaptersMessage("embeddingLora")
				: adaptersMessage("tiedEnds", { path: end });
	const saved =
		(modules_to_save ?? []).length > 0 ? "modules_to_save" : tokenRows.length > 0 ? "trainable_token_indices" : null;
	return method !== "lora" ? method : use_dora ? "DoRA" : (saved ?? embedding ?? biases);
}

/** B times the quotient of the module's scaling and the shared scale: [out, r] */
function foldedB(
	params: Float32Array,
	{ B, scaling }: Pick<LoraModule, "B" | "scaling">,
	shared: number,
): Float32Array {
	const factor = scaling / shared;
	// The factor is 1 within float32's precision.
	return Math.abs(factor - 1) < 1e-7 ? valuesOf(params, B) : valuesOf(params, B).map((value) => value * factor);
}

/**
 * A GGUF file as convert_lora_to_gguf.py of llama.cpp writes it: `blk.0.attn_q.weight.lora_a` [r, in], `.lora_b` [out, r]; its
 * scale is adapter.lora.alpha / r, with r read from B, and alpha 0 means 1.
 */
export async function loraGguf(model: LoadedModel, adapter: Adapter): Promise<Uint8Array<ArrayBuffer>> {
	const { layout, params } = plainLora(model, adapter, "llama.cpp", "untied");
	const { model_type, head_dim } = model.config;
	const architecture = model.family.gguf;
	if (architecture?.written !== true)
		throw new TabTuneError("not-yet", {
			what: adaptersMessage("noGgufAdapter", { model_type }),
			next: adaptersMessage("noGgufAdapter.next"),
		});
	const float32 = (name: string, shape: readonly number[], values: Float32Array): GgufTensorToWrite => ({
		name,
		shape,
		type: "F32",
		bytes: () => encodeFloat32(values),
	});
	const parts = [...layout.modules, ...(layout.table === null ? [] : [layout.table])];
	const [first] = parts;
	const alpha = Math.fround(first.scaling * first.r) || 1;
	// llama.cpp looks rows of the embedding's A up by token id, so both its A and ours are [rows, r].
	const tensors = parts.flatMap((entry) => {
		const weight = `${entry.module.path}.weight`;
		const name = ggufName(architecture, weight);
		if (name === undefined) throw new Error(`${weight} has no name in GGUF`);
		const B = foldedB(params, entry, alpha / entry.r);
		const paired = isPaired(architecture, weight) !== null;
		return [
			float32(`${name}.lora_a`, entry.A.shape, valuesOf(params, entry.A)),
			float32(`${name}.lora_b`, entry.B.shape, paired ? rowsToPairs(B, entry.r, head_dim) : B),
		];
	});
	const fields: GgufField[] = [
		{ key: "general.type", kind: "text", value: "adapter" },
		{ key: "general.architecture", kind: "text", value: architecture.name },
		{ key: "general.name", kind: "text", value: model.name },
		{ key: "adapter.type", kind: "text", value: "lora" },
		{ key: "adapter.lora.alpha", kind: "float32", value: alpha },
	];
	return writeGguf(planGguf(fields, tensors));
}

/** An embedding as the matrix of its columns. */
const asLinear = ({ path, rows, width }: EmbeddingModule) => ({ path, in: rows, out: width });

/**
 * The files that mlx-lm saves: `model.layers.0.self_attn.q_proj.lora_a` [in, r], `lora_b` [r, out], with one rank and scale for all;
 * smaller ranks are padded with zeros.
 */
export function mlxFiles(model: LoadedModel, adapter: Adapter): PeftFile[] {
	const { layout, params } = plainLora(model, adapter, "MLX", "shared");
	if (model.family.transposed !== undefined)
		throw new TabTuneError("not-yet", {
			what: adaptersMessage("noMlx", { model_type: model.config.model_type }),
			next: adaptersMessage("merge.next"),
		});
	const { table } = layout;
	const head = model.family.head(model.config);
	// LoRA on MLX's embedding is also on the head that it is tied to (LoRAEmbedding.as_linear).
	const shared = head.weight !== undefined && table !== null;
	const modules = layout.modules.filter(({ module }) => !(shared && module.path === head.path));
	const parts = table === null ? modules : [...modules, { ...table, module: asLinear(table.module) }];
	const rank = Math.max(...parts.map(({ r }) => r));
	const scale = parts[0].scaling || 1;
	const tensors = parts.flatMap((entry) => {
		const { path, in: width, out } = entry.module;
		const [A, B] = [fileValues(params, entry.A), foldedB(params, entry, scale)];
		const a = new Float32Array(width * rank); // [in, rank]
		const b = new Float32Array(rank * out); // [rank, out]
		for (let k = 0; k < entry.r; k++) {
			for (let i = 0; i < width; i++) a[i * rank + k] = A[k * width + i];
			for (let o = 0; o < out; o++) b[k * out + o] = B[o * entry.r + k];
		}
		return [
			{ name: `${path}.lora_a`, dtype: "F32", shape: [width, rank], bytes: encodeFloat32(a) },
			{ name: `${path}.lora_b`, dtype: "F32", shape: [rank, out], bytes: encodeFloat32(b) },
		];
	});
	const keys = [...new Set(parts.map(({ module }) => module.path.replace(/^model\.layers\.\d+\./, "")))];
	const config = {
		fine_tune_type: "lora",
		model: model.name,
		num_layers: model.config.num_hidden_layers,
		lora_parameters: { rank, scale, dropout: 0, keys },
	};
	return [
		{ path: "adapters.safetensors", bytes: writeSafetensors(tensors, { format: "mlx" }) },
		{ path: "adapter_config.json", bytes: new TextEncoder().encode(`${JSON.stringify(config, null, 4)}\n`) },
	];
}
