// The page's texts for scripts, with all languages loaded: a script's module runner ends before a lazy language arrives.
import { loadWords, translator } from "../../app/i18n/index.ts";

await loadWords("zh");

export { translator };
