// The tokenizer and the chat template in an adapter's folder, which replace those of its base, as users of PEFT load them.
import { hasTokenizerTexts, type ModelFolder, readModelTexts } from "./model-folder.ts";
import { bytesSource } from "./source.ts";

/** The files of a tokenizer and its chat templates. */
const LANGUAGE =
	/^(tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab)\.json$|^merges\.txt$|^chat_template\.jinja$|^additional_chat_templates\//;

export const isLanguageFile = (path: string): boolean => LANGUAGE.test(path);

export interface LanguageOf {
	/** The base's folder, with the adapter's files replacing those of the same name. */
	readonly folder: ModelFolder;
	/** The adapter's files. */
	readonly texts: Readonly<Record<string, string>>;
}

/**
 * The base's folder with the tokenizer and the chat template of an adapter's folder. A folder with tokenizer files replaces
 * all of the base's; one with a template alone replaces the template.
 * @returns null where the adapter's folder has neither, or the same as the base
 */
export async function languageOf(base: ModelFolder, adapter: ModelFolder): Promise<LanguageOf | null> {
	const own = (await adapter.list()).filter(isLanguageFile);
	if (own.length === 0) return null;
	const whole = await hasTokenizerTexts(adapter);
	const used = whole ? own : own.filter((path) => path.endsWith(".jinja"));
	if (used.length === 0) return null;
	const texts = Object.fromEntries(await Promise.all(used.map(async (path) => [path, await adapter.text(path)])));
	// The base's additional templates stay beside an adapter's chat_template.jinja.
	const hidden = (path: string) => (whole ? isLanguageFile(path) : path in texts);
	const folder: ModelFolder = {
		...base,
		list: async () => [...(await base.list()).filter((path) => !hidden(path)), ...used],
		open: async (path) => (path in texts ? bytesSource(new TextEncoder().encode(texts[path])) : base.open(path)),
		text: async (path) => texts[path] ?? base.text(path),
	};
	const [before, after] = await Promise.all([base, folder].map((one) => readModelTexts(one).catch(() => null)));
	return JSON.stringify(before) === JSON.stringify(after) ? null : { folder, texts };
}
