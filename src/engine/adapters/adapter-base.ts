// The base that the files of a LoRA adapter are for: PEFT saves the embedding and the head with an adapter where they changed
// (`save_embedding_layers`) or the vocabulary was resized, and their tokenizer is in the same folder.
import { TabTuneError } from "../../shared/errors.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { adaptersMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import { parseJsonObject } from "../../shared/parse-json.ts";
import { decodeToFloat32, type ModelFolder } from "../formats/index.ts";
import { changedBase, type NewWeight } from "../models/changed-base.ts";
import type { LoadedModel } from "../models/load.ts";
import type { PeftAdapter, PeftTensor } from "../peft/index.ts";
import { tiesSaved } from "../peft/targets.ts";
import { isSaved } from "./methods/modules-to-save.ts";

export interface AdapterOnBase {
	/** The base itself, or one with the adapter's changes. */
	readonly model: LoadedModel;
	/** The adapter without the weights that belong to the base. */
	readonly peft: PeftAdapter;
	readonly warnings: readonly Message[];
}

/**
 * Separates the weights of the base from those of the adapter.
 * @param folder the adapter's folder, whose tokenizer states the size of the vocabulary if no weight does
 * @param where the adapter's name in errors
 * @throws TabTuneError "adapter" for an embedding of another width
 */
export async function adapterOnBase(
	base: LoadedModel,
	peft: PeftAdapter,
	folder: ModelFolder,
	where: string,
): Promise<AdapterOnBase> {
	const { family, config } = base;
	const table = family.embedding(config);
	const head = family.head(config);
	const plain = family.weights(config).filter(({ name }) => family.transposed?.(name) !== true);
	const shapes = new Map(plain.map(({ name, shape }) => [name, shape]));
	shapes.set(`${head.path}.weight`, [head.out, head.in]);
	const ends = [`${table.path}.weight`, `${head.path}.weight`];
	const given = new Map<string, PeftTensor>();
	const kept: PeftTensor[] = [];
	const keys = new Set(peft.tensors.map(({ key }) => key));
	const saved = [
		...(peft.config.modules_to_save ?? []),
		...(tiesSaved(family, config, peft.config) ? [table.path, head.path] : []),
	];
	for (const tensor of peft.tensors) {
		const role = roleOf(tensor, saved, (name) => shapes.has(name));
		if (role?.kind === "unused") continue;
		if (role === null || (role.kind === "saved" && !keys.has(`base_model.model.${role.name}`)))
			kept.push(role === null ? tensor : { ...tensor, key: `base_model.model.${role.name}` });
		else if (role.kind === "base") given.set(role.name, tensor);
	}
	const tokens = await tokensOf(folder, where);
	const rows = [...ends.map((name) => given.get(name)), ...kept]
		.map((tensor) => vocabularyOf(tensor, ends))
		.find((n) => n !== null);
	const vocab_size = rows ?? Math.max(config.vocab_size, tokens);
	const grows = vocab_size !== config.vocab_size;
	const weights = new Map<string, NewWeight>();
	for (const [name, { key, shape, dtype, bytes }] of given) {
		const [first, ...others] = shapes.get(name) ?? [];
		const needed = [ends.includes(name) ? vocab_size : first, ...others];
		if (shape.join() !== needed.join())
			throw new TabTuneError("adapter", {
				what: adaptersMessage("neededShape", { key, shape: shape.join(", "), needed: needed.join(", ") }),
				where,
				next: adaptersMessage("otherBase.next", {
					base: peft.config.base_model_name_or_path ?? adaptersMessage("anotherBase"),
					model: base.name,
				}),
			});
		weights.set(name, { shape, values: decodeToFloat32(bytes, dtype) });
	}
	const model = await changedBase(base, { vocab_size, weights });
	const states = (name: string) => weights.has(name) || kept.some(({ key }) => key === `base_model.model.${name}`);
	const rowless = head.weight === undefined ? !ends.every(states) : !ends.some(states);
	return {
		model,
		peft: { ...peft, tensors: kept },
		warnings: [
			...(grows ? [adaptersMessage("vocabularyGrows", { before: config.vocab_size, after: vocab_size })] : []),
			...(vocab_size > config.vocab_size && rowless ? [adaptersMessage("newRowsMissing")] : []),
		],
	};
}

/**
 * The role of a tensor that is neither LoRA's nor a bias: a weight of the base, PEFT's copy of a saved one, or null. With
 * `bias`, PEFT saves the biases of a saved module three times, of which it reads one.
 */
function roleOf(
	{ key, part }: PeftTensor,
	saved: readonly string[],
	isWeight: (name: string) => boolean,
): { readonly kind: "base" | "saved"; readonly name: string } | { readonly kind: "unused" } | null {
	if (part !== "other") return null;
	const name = key.replace(/^base_model\.model\./, "");
	if (/\.(original_module|modules_to_save)\..*bias$/.test(name)) return { kind: "unused" };
	const [, module, role] =
		/^(.+?)(?:\.token_adapter)?\.(base_layer|original_module|modules_to_save)\.weight$/.exec(name) ?? [];
	if (role !== undefined && isWeight(`${module}.weight`))
		return { kind: role === "modules_to_save" ? "saved" : "base", name: `${module}.weight` };
	return isWeight(name) && name.endsWith(".weight") && !saved.some((one) => isSaved(name, one))
		? { kind: "base", name }
		: null;
}

/** The size of the vocabulary that a tensor of the embedding or the head has. */
function vocabularyOf(tensor: PeftTensor | undefined, ends: readonly string[]): number | null {
	if (tensor === undefined || tensor.shape.length !== 2) return null;
	const { key, part, module, shape } = tensor;
	if (module === null) return ends.some((name) => key.endsWith(`.${name}`) || baseKey(key, name)) ? shape[0] : null;
	const [table, head] = ends.map((name) => name.slice(0, -".weight".length));
	if (module === table && part === "lora_embedding_A") return shape[1];
	return module === head && part === "lora_B" ? shape[0] : null;
}

const baseKey = (key: string, name: string): boolean =>
	key.includes(`.${name.slice(0, -".weight".length)}.`) && /\.(base_layer|original_module)\.weight$/.test(key);

/** One more than the largest id of the tokenizer in an adapter's folder; 0 without one. */
async function tokensOf(folder: ModelFolder, where: string): Promise<number> {
	if (!(await folder.list()).includes("tokenizer.json")) return 0;
	return sizeOf(parseJsonObject(await folder.text("tokenizer.json"), `${where}/tokenizer.json`, "tokenizer"));
}

function sizeOf({ model, added_tokens }: JsonObject): number {
	const vocab = isObject(model) && isObject(model.vocab) ? Object.values(model.vocab) : [];
	const added = Array.isArray(added_tokens) ? added_tokens.map((token) => (isObject(token) ? token.id : 0)) : [];
	return [...vocab, ...added].reduce((most: number, id) => Math.max(most, typeof id === "number" ? id + 1 : 0), 0);
}
