// Presents the weights of a file under the names of the family: files saved from transformers' AutoModel lack the prefix of the
// model ("layers.0.…"), wrapped models and the text part of a larger model add one, and those of a tied model may have the head
// in place of the embedding.
import { decodeToFloat32, type TensorEntry, type TensorFile } from "../formats/index.ts";
import type { IgnoredKeys } from "../formats/tracked-reads.ts";
import type { ModelFamily } from "./family.ts";
import type { ModelConfig } from "./model-config.ts";

/** Bytes that are compared at a time. */
const PIECE_BYTES = 8 * 2 ** 20;

/** Prefixes that wrappers add: DDP, torch.compile, PEFT, models with vision. */
const WRAPPERS = /^(?:module|_orig_mod|base_model\.model|language_model|text_model)\./;

/** Tensors that no family uses. */
export const IGNORED_TENSORS: readonly IgnoredKeys[] = [
	{ keys: /\.rotary_emb\.(inv_freq|(cos|sin)_cached)$/ }, // computed from config.json
	{ keys: /\.attn\.(bias|masked_bias)$/ }, // GPT-2's causal mask
	{ keys: /^lm_head\.weight$/ }, // a second copy of a tied embedding
	// The parts of a larger model that its text model does not use.
	{ keys: /^(model\.)?(vision_tower|vision_model|visual|audio_tower|multi_modal_projector|embed_vision)\./ },
];

/**
 * Names every tensor as the family does; a name that the family does not have is unchanged. The head of a tied model is its
 * embedding where only the head is stored.
 */
export function withFamilyNames(family: ModelFamily, config: ModelConfig, files: TensorFile): TensorFile {
	const { path, weight: embedding } = family.head(config);
	const known = new Set([...family.weights(config).map(({ name }) => name), `${path}.weight`]);
	const base = family.layers.split(".")[0]; // "model"
	const sourceOf = new Map<string, string>();
	const tensors = new Map<string, TensorEntry>();
	const take = (name: string, source: string, entry: TensorEntry) => {
		sourceOf.set(name, source);
		tensors.set(name, entry);
	};
	for (const [source, entry] of files.tensors) {
		const name = familyName(source, base, known);
		take(files.tensors.has(name) ? source : name, source, entry);
	}
	const head = tensors.get(`${path}.weight`);
	if (embedding !== undefined && head !== undefined && !tensors.has(embedding)) {
		take(embedding, `${path}.weight`, head);
		tensors.delete(`${path}.weight`);
	}
	const source = (name: string) => sourceOf.get(name) ?? name;
	const { readRange } = files;
	return {
		...files,
		tensors,
		readTensor: (name) => files.readTensor(source(name)),
		...(readRange === undefined
			? {}
			: { readRange: (name: string, offset: number, length: number) => readRange(source(name), offset, length) }),
	};
}

/** "language_model.model.norm.weight", "model.language_model.norm.weight" and "norm.weight" are "model.norm.weight". */
function familyName(source: string, base: string, known: ReadonlySet<string>): string {
	let name = source.replaceAll("._orig_mod.", ".");
	while (!known.has(name) && WRAPPERS.test(name)) name = name.replace(WRAPPERS, "");
	const inner = name.replace(`${base}.language_model.`, `${base}.`);
	return [name, inner, `${base}.${name}`].find((candidate) => known.has(candidate)) ?? source;
}

/**
 * Whether the file of a model whose config.json ties the head to the embedding also has another head, as after a merge of
 * an adapter that trained one of them. As `tie_weights` in transformers' modeling_utils.py, which then keeps both.
 */
export async function hasOtherHead(family: ModelFamily, config: ModelConfig, files: TensorFile): Promise<boolean> {
	const { path, weight: embedding } = family.head(config);
	if (embedding === undefined) return false;
	const [a, b] = [files.tensors.get(embedding), files.tensors.get(`${path}.weight`)];
	if (a === undefined || b === undefined) return false;
	if (a.shape.join() !== b.shape.join()) return true;
	const [rows] = a.shape;
	const part = async (name: string, { dtype, byteLength }: TensorEntry, from: number, to: number) => {
		const rowBytes = byteLength / rows;
		const bytes = await files.readRange?.(name, from * rowBytes, (to - from) * rowBytes);
		return decodeToFloat32(bytes ?? (await files.readTensor(name)), dtype);
	};
	const step =
		files.readRange === undefined
			? rows
			: Math.max(1, Math.floor((PIECE_BYTES * rows) / (a.byteLength + b.byteLength)));
	for (let from = 0; from < rows; from += step) {
		const to = Math.min(rows, from + step);
		const [x, y] = [await part(embedding, a, from, to), await part(`${path}.weight`, b, from, to)];
		if (x.some((value, i) => value !== y[i])) return true;
	}
	return false;
}
