// Switches the language after its texts have loaded.
import { loadWords } from "../../i18n/index.ts";
import { type Lang, useUi } from "./store.ts";

/** If the texts cannot be loaded (offline and not cached), the language stays. */
export async function chooseLanguage(lang: Lang): Promise<void> {
	const come = await loadWords(lang).then(
		() => true,
		() => false,
	);
	if (come) useUi.setState({ lang, langChosen: true });
}
