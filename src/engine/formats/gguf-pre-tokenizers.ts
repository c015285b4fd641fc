// Pre-tokenizers of byte-level BPE by llama.cpp's names (`llm_tokenizer_bpe` in llama-vocab.cpp), with the regular expressions of
// the tokenizer.json that they were made from. To add one, add its names to a group or a line to GROUPS.

interface Group {
	/** llama.cpp's names; the first is written into a file. */
	readonly names: readonly string[];
	/** pre_tokenizer of tokenizer.json. */
	readonly definition: object;
	/** A word that is a token is not merged. */
	readonly ignoreMerges?: boolean;
	/** Texts start with BOS unless the file says otherwise. */
	readonly bos?: boolean;
}

export const byteLevel = (use_regex: boolean) => ({
	type: "ByteLevel",
	add_prefix_space: false,
	trim_offsets: true,
	use_regex,
});
const sequence = (...pretokenizers: readonly object[]) => ({ type: "Sequence", pretokenizers });
/** Each expression splits the pieces that the previous one left. */
const split = (...expressions: readonly string[]) =>
	sequence(
		...expressions.map((Regex) => ({ type: "Split", pattern: { Regex }, behavior: "Isolated", invert: false })),
		byteLevel(false),
	);

const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const words = (digits: string) =>
	`${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;
const [UPPER, LOWER] = ["[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]", "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]"];
/** Words split where lower case turns to upper case. */
const cased = (suffix: string, digits: string) =>
	`[^\\r\\n\\p{L}\\p{N}]?${UPPER}*${LOWER}+${suffix}|[^\\r\\n\\p{L}\\p{N}]?${UPPER}+${LOWER}*${suffix}|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;
const GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)";

const GROUPS: readonly Group[] = [
	{
		names: [
			...["gpt-2", "phi-2", "jina-es", "jina-de", "gigachat", "jina-v2-es", "jina-v2-de", "a.x-4.0", "mellum"],
			...["modern-bert", "exaone4", "mpt", "olmo", "jais", "trillion", "granite-docling"],
		],
		definition: byteLevel(true),
	},
	{
		names: ["smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b", "mellum2"],
		definition: sequence({ type: "Digits", individual_digits: true }, byteLevel(true)),
	},
	{
		names: [
			...["llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2"],
			"jina-v5-nano",
		],
		definition: split(words("\\p{N}{1,3}")),
		ignoreMerges: true,
		bos: true,
	},
	{ names: ["dbrx", "smaug-bpe", "chatglm-bpe"], definition: split(words("\\p{N}{1,3}")) },
	{ names: ["glm4", "glm5"], definition: split(words("\\p{N}{1,3}")), ignoreMerges: true },
	{
		names: [
			...["qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "megrez", "stablelm2", "hunyuan", "solar-open"],
			"grok-2",
		],
		definition: split(words("\\p{N}")),
	},
	{
		names: ["qwen35"],
		definition: split(
			`${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
		),
	},
	{ names: ["tekken"], definition: split(cased("", "\\p{N}")), ignoreMerges: true, bos: true },
	{
		names: ["gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2"],
		definition: split(cased(`${CONTRACTIONS}?`, "\\p{N}{1,3}")),
	},
	{
		names: ["deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4"],
		definition: split(
			"\\p{N}{1,3}",
			"[一-龥぀-ゟ゠-ヿ]+",
			"[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+",
		),
	},
	{
		names: ["deepseek-coder"],
		definition: split("[\r\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", "[一-龥ࠀ-一가-퟿]+", "\\p{N}"),
	},
	{ names: ["falcon"], definition: split("[\\p{P}\\$\\+<=>\\^~\\|`]+", GPT2, "[0-9][0-9][0-9]") },
	{
		names: ["bailingmoe", "bailingmoe2", "llada-moe"],
		definition: split(
			"'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+",
		),
	},
	{
		names: ["seed-coder"],
		definition: split(
			`${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1}| ?[^\\s\\p{L}\\p{N}\\r\\n]+|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
		),
	},
	{
		names: ["minicpm5"],
		definition: split("\\p{N}{1,3}", words("\\p{N}+")),
		ignoreMerges: true,
	},
	{
		names: ["default"],
		definition: split("[\\p{P}\\$\\+<=>\\^~\\|]+", GPT2, "\\p{N}+", "[0-9][0-9][0-9]"),
	},
];

/** llama.cpp's name where a file has none. */
export const DEFAULT_PRE_TOKENIZER = "default";

export const preTokenizer = (name: string): Group | undefined => GROUPS.find(({ names }) => names.includes(name));

/** llama.cpp's name of a pre_tokenizer of tokenizer.json. */
export function preTokenizerName(
	isDefinition: (definition: object) => boolean,
	ignoreMerges: boolean,
): string | undefined {
	return GROUPS.find((group) => isDefinition(group.definition) && (group.ignoreMerges ?? false) === ignoreMerges)
		?.names[0];
}

/** The names that are written, for errors. */
export const PRE_TOKENIZER_NAMES: readonly string[] = GROUPS.map(({ names }) => names[0]);
