// A LoRA configuration for tensors of another program's adapter, whose files state no target_modules or ranks per module.
import { encodeFloat32 } from "../formats/dtype.ts";
import { FRESH_CONFIG, type TargetedConfig } from "./lora-config.ts";
import { type PeftAdapter, type PeftPart, type PeftTensor, peftKey } from "./lora-files.ts";

/** The matrices of a module in PEFT's layout. */
export interface ForeignModule {
	readonly path: string; // "model.layers.0.self_attn.q_proj"
	/** Whether it is the embedding. */
	readonly embedding: boolean;
	readonly r: number;
	readonly scaling: number;
	readonly A: Float32Array; // [r, in]
	readonly B: Float32Array; // [out, r]
	/** DoRA's, [out]. */
	readonly magnitude?: Float32Array;
}

/** @param paths of all modules that can be targets; without them target_modules names every module by its path */
export function adapterOfModules(
	modules: readonly ForeignModule[],
	base: string | null,
	lora_dropout: number,
	paths: readonly string[] = [],
): PeftAdapter {
	const [{ r, scaling }] = modules;
	const alphaOf = (module: ForeignModule) => module.scaling * module.r;
	const others = modules.filter((module) => module.r !== r || alphaOf(module) !== scaling * r);
	const pattern = (value: (module: ForeignModule) => number) =>
		Object.fromEntries(others.map((module) => [module.path.replaceAll(".", "\\."), value(module)]));
	const config: TargetedConfig = {
		...FRESH_CONFIG,
		base_model_name_or_path: base,
		r,
		lora_alpha: scaling * r,
		lora_dropout,
		rank_pattern: pattern((module) => module.r),
		alpha_pattern: pattern(alphaOf),
		use_dora: modules.some(({ magnitude }) => magnitude !== undefined),
		target_modules: targetsOf(
			modules.map(({ path }) => path),
			paths,
		),
	};
	return { config, tensors: modules.flatMap(tensorsOf), warnings: [] };
}

/** Names of modules where all modules of a name are targets, else paths. */
function targetsOf(targets: readonly string[], paths: readonly string[]): string[] {
	const lastOf = (path: string) => path.slice(path.lastIndexOf(".") + 1);
	const chosen = new Set(targets);
	const names = targets.map((path) => {
		const same = paths.filter((other) => lastOf(other) === lastOf(path));
		return same.length > 0 && same.every((other) => chosen.has(other)) ? lastOf(path) : path;
	});
	return [...new Set(names)];
}

function tensorsOf({ path, embedding, r, A, B, magnitude }: ForeignModule): PeftTensor[] {
	const tensor = (part: Exclude<PeftPart, "other">, shape: readonly number[], values: Float32Array): PeftTensor => ({
		key: peftKey(path, part),
		module: path,
		part,
		dtype: "F32",
		shape,
		bytes: encodeFloat32(values),
	});
	return [
		tensor(embedding ? "lora_embedding_A" : "lora_A", [r, A.length / r], A),
		tensor(embedding ? "lora_embedding_B" : "lora_B", [B.length / r, r], B),
		...(magnitude === undefined ? [] : [tensor("lora_magnitude_vector", [magnitude.length], magnitude)]),
	];
}

/** values: [rows, columns] → [columns, rows] */
export function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
	const out = new Float32Array(values.length);
	for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = values[i * columns + j];
	return out;
}
