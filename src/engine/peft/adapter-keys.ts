// Reads keys of adapter files as PEFT's own names where their wrapper is unambiguous: keys of a state dict have the adapter's name,
// those of wrapped models a prefix, and those of AutoModel or of a model with vision other paths.
import { TabTuneError } from "../../shared/errors.ts";
import { peftMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";

const BASE = "base_model.model.";

/** A change of one key, and how a warning names it; `match` is tested on the key without BASE. */
interface Rule {
	readonly match: RegExp;
	readonly to: string;
	readonly shown: (match: RegExpExecArray) => string;
}

const RULES: readonly Rule[] = [
	// torch.compile, FSDP, activation checkpointing
	{
		match: /(^|\.)(_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\./,
		to: "$1",
		shown: ([, , name]) => `${name}.`,
	},
	{ match: /^base_model\.model\./, to: "", shown: () => BASE }, // a PEFT model in a PEFT model
	{ match: /^module\./, to: "", shown: () => "module." }, // DDP
	{ match: /^(?:model\.)?language_model\.(?:model\.)?lm_head\./, to: "lm_head.", shown: () => "language_model." },
	{ match: /^(?:model\.)?language_model\.(?:model\.)?/, to: "model.", shown: () => "language_model." },
	{
		match: /\.(lora_[AB])\.(?!(?:weight|bias)$)([^.]+)\.(weight|bias)$/,
		to: ".$1.$3",
		shown: ([, , name]) => `.${name}.`,
	},
	{
		match: /\.(lora_embedding_[AB]|lora_magnitude_vector)\.(?!weight$)([^.]+)(?:\.weight)?$/,
		to: ".$1",
		shown: ([, , name]) => `.${name}.`,
	},
	{ match: /\.lora_magnitude_vector\.weight$/, to: ".lora_magnitude_vector", shown: () => ".weight" },
	{ match: /\.modules_to_save\.[^.]+\.(weight|bias)$/, to: ".$1", shown: () => ".modules_to_save." },
	// AutoModel's paths, which lack the name of the model in the causal model.
	{ match: /^(?=(?:layers\.\d+|embed_tokens|norm)\.)/, to: "model.", shown: () => "model" },
	{ match: /^(?=(?:h\.\d+|wte|wpe|ln_f)\.)/, to: "transformer.", shown: () => "transformer" },
];

/**
 * The keys under PEFT's names, in order.
 * @param warn receives one warning that names the prefixes
 * @throws TabTuneError "adapter" if two keys have the same name, as with two adapters in one file
 */
export function peftKeys(keys: readonly string[], where: string, warn: (message: Message) => void): string[] {
	const removed = new Set<string>();
	const added = new Set<string>();
	const sourceOf = new Map<string, string>();
	const read = keys.map((key) => {
		const name = peftName(key, removed, added);
		const other = sourceOf.get(name);
		if (other !== undefined)
			throw new TabTuneError("adapter", {
				what: peftMessage("sameKeys", { key, other, name }),
				where,
				next: peftMessage("sameKeys.next"),
			});
		sourceOf.set(name, key);
		return name;
	});
	const quoted = (names: ReadonlySet<string>) => [...names].map((name) => `"${name}"`).join(", ");
	if (removed.size > 0) warn(peftMessage("prefixes", { file: where, prefixes: quoted(removed) }));
	if (added.size > 0) warn(peftMessage("noPrefixes", { file: where, prefixes: quoted(added) }));
	return read;
}

function peftName(key: string, removed: Set<string>, added: Set<string>): string {
	let name = key;
	for (let before = ""; before !== name; ) {
		before = name;
		name = name.replace(/^(module|_orig_mod)\./, (prefix) => {
			removed.add(prefix);
			return "";
		});
	}
	if (name.startsWith(BASE)) name = name.slice(BASE.length);
	else added.add(BASE);
	for (const { match, to, shown } of RULES) {
		for (let found = match.exec(name); found !== null; found = match.exec(name)) {
			const adds = found[0] === "";
			(adds ? added : removed).add(shown(found));
			name = name.replace(match, to);
			if (adds) break;
		}
	}
	return BASE + name;
}
