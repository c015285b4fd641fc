// Another language: its words come first, then the page changes at once.
import { loadWords } from "../../i18n/index.ts";
import { type Lang, useUi } from "./store.ts";

/** Words that do not come (no network, not kept on the device) leave the page as it is. */
export async function chooseLanguage(lang: Lang): Promise<void> {
	const come = await loadWords(lang).then(
		() => true,
		() => false,
	);
	if (come) useUi.setState({ lang, langChosen: true });
}
