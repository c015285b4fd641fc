// The page's words for scripts, all languages there at once: a script's module runner ends before a language could be loaded.
import { loadWords, translator } from "../../app/i18n/index.ts";

await loadWords("zh");

export { translator };
