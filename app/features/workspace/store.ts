// Language, theme and the tab in view. Theme is kept on the device; language also in the URL (effects.ts).

import { create } from "zustand";

export type Lang = "en" | "zh";
export type Theme = "light" | "dark";

export interface UiState {
	lang: Lang;
	/** The language was chosen here or by the link, not guessed from the browser. */
	langChosen: boolean;
	theme: Theme;
	/** Id of the selected tab (tabs.tsx). */
	tab: string;
	/** The command palette is open. */
	palette: boolean;
}

const THEME_KEY = "tabtune.theme";

/** Storage may be refused (private windows, blocked cookies): the page then forgets, and works. */
function remembered(): Theme | null {
	try {
		const value = localStorage.getItem(THEME_KEY);
		return value === "light" || value === "dark" ? value : null;
	} catch {
		return null;
	}
}

export const useUi = create<UiState>()(() => ({
	lang: "en",
	langChosen: false,
	theme: "light",
	tab: "workspace",
	palette: false,
}));

/** `asked`: the URL's `lang`; otherwise the browser's first language decides. */
export function chooseLang(asked: string | null, browser: string): Pick<UiState, "lang" | "langChosen"> {
	if (asked !== null) {
		const a = asked.toLowerCase();
		if (a.startsWith("zh")) return { lang: "zh", langChosen: true };
		if (a.startsWith("en")) return { lang: "en", langChosen: true };
	}
	return { lang: browser.toLowerCase().startsWith("zh") ? "zh" : "en", langChosen: false };
}

/** Follows the system until the person chooses. */
export function initTheme(): void {
	const dark = matchMedia("(prefers-color-scheme: dark)");
	const follow = () => useUi.setState({ theme: remembered() ?? (dark.matches ? "dark" : "light") });
	dark.addEventListener("change", follow);
	follow();
}

export function setTheme(theme: Theme): void {
	try {
		localStorage.setItem(THEME_KEY, theme);
	} catch {
		// Refused storage: the choice lasts as long as the page.
	}
	useUi.setState({ theme });
}
