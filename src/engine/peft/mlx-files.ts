// Reads an adapter folder of mlx-lm: adapters.safetensors with `PATH.lora_a` [in, r], `PATH.lora_b` [r, out] and DoRA's `PATH.m`,
// and adapter_config.json with lora_parameters, whose scale is the whole factor of the update (mlx_lm/tuner/lora.py, dora.py).
import { TabTuneError } from "../../shared/errors.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { peftMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import { decodeToFloat32 } from "../formats/dtype.ts";
import { folderJson, type ModelFolder } from "../formats/model-folder.ts";
import { openSafetensors } from "../formats/safetensors.ts";
import { adapterOfModules, type ForeignModule, transposed } from "./from-tensors.ts";
import { MLX_FILE as FILE } from "./is-mlx.ts";
import type { PeftAdapter } from "./lora-files.ts";

/**
 * @param paths of the model's modules that can be targets
 * @param tied the ends of a model whose head is its embedding: LoRA on the embedding is then on both (LoRAEmbedding.as_linear)
 * @throws TabTuneError "adapter" for a missing or broken file, "not-yet" for a kind that is not LoRA
 */
export async function readMlxAdapter(
	folder: ModelFolder,
	paths: readonly string[] = [],
	tied: { readonly embedding: string; readonly head: string } | null = null,
): Promise<PeftAdapter> {
	const config = await folderJson(folder, "adapter_config.json", "adapter");
	const where = `${folder.name}/adapter_config.json`;
	const fail = (what: Message, place = where) =>
		new TabTuneError("adapter", { what, where: place, next: peftMessage("mlx.next") });
	const type = config.fine_tune_type ?? "lora";
	if (type !== "lora" && type !== "dora")
		throw new TabTuneError("not-yet", {
			what: peftMessage("mlxType", { type: JSON.stringify(type) }),
			where,
			next: peftMessage("lora.next"),
		});
	const parameters: JsonObject = isObject(config.lora_parameters) ? config.lora_parameters : {};
	const { scale, dropout = 0 } = parameters;
	if (typeof scale !== "number" || !Number.isFinite(scale)) throw fail(peftMessage("mlxScale"));
	if (!(await folder.list()).includes(FILE)) throw fail(peftMessage("missing", { file: FILE }), folder.name);
	const place = `${folder.name}/${FILE}`;
	const file = await openSafetensors(await folder.open(FILE), place, "adapter");
	const read = async (key: string) =>
		decodeToFloat32(await file.readTensor(key), file.tensors.get(key)?.dtype ?? "F32");
	const modules = new Map<string, ForeignModule>();
	for (const [key, { shape }] of file.tensors) {
		const [, stored, part] = /^(.+)\.(lora_a|lora_b|m)$/.exec(key) ?? [];
		if (stored === undefined || shape.length !== (part === "m" ? 1 : 2))
			throw fail(peftMessage("mlxTensor", { key, shape: shape.join(", ") }), place);
		if (part !== "lora_a") {
			if (!file.tensors.has(`${stored}.lora_a`))
				throw fail(peftMessage("unpaired", { key, other: `${stored}.lora_a` }), place);
			continue;
		}
		const other = file.tensors.get(`${stored}.lora_b`);
		if (other === undefined) throw fail(peftMessage("unpaired", { key, other: `${stored}.lora_b` }), place);
		const [width, r] = shape;
		if (other.shape[0] !== r)
			throw fail(
				peftMessage("ranksDiffer", {
					key,
					shape: shape.join(", "),
					other: `${stored}.lora_b`,
					otherShape: other.shape.join(", "),
				}),
				place,
			);
		const path = stored.replace(/^language_model\./, "");
		modules.set(path, {
			path,
			embedding: path.endsWith("embed_tokens"),
			r,
			scaling: scale,
			A: transposed(await read(key), width, r),
			B: transposed(await read(`${stored}.lora_b`), r, other.shape[1]),
			...(file.tensors.has(`${stored}.m`) ? { magnitude: await read(`${stored}.m`) } : {}),
		});
	}
	if (modules.size === 0) throw fail(peftMessage("empty"), place);
	const base = typeof config.model === "string" ? config.model : null;
	const table = tied === null ? undefined : modules.get(tied.embedding);
	if (tied !== null && table !== undefined) {
		if (table.magnitude !== undefined)
			throw new TabTuneError("not-yet", {
				what: peftMessage("mlxTiedDora", { path: tied.embedding }),
				where,
				next: peftMessage("lora.next"),
			});
		const { r, A, B } = table;
		modules.set(tied.head, {
			...table,
			path: tied.head,
			embedding: false,
			A: transposed(B, B.length / r, r),
			B: transposed(A, r, A.length / r),
		});
	}
	const found = adapterOfModules([...modules.values()], base, typeof dropout === "number" ? dropout : 0, paths);
	return table === undefined ? found : { ...found, config: { ...found.config, ensure_weight_tying: true } };
}
