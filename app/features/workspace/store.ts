// State of the page: language, theme, selected tab, palette. The theme is stored on the device; the language is also in

import { create } from "zustand";

export type Lang = "en" | "zh";
export type Theme = "light" | "dark";

export interface UiState {
	lang: Lang;
	/** The language was chosen by the user or the link, not derived from the browser. */
	langChosen: boolean;
	theme: Theme;
	/** Id of the selected tab (tabs.tsx). */
	tab: string;
	/** The command palette is open. */
	palette: boolean;
	/** The dialog that measures the device is open. */
	measuring: boolean;
}

const THEME_KEY = "tabtune.theme";

/** If storage is not available (private windows, blocked cookies), the theme is not remembered. */
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
	measuring: false,
}));

/** `asked` is the URL's `lang`; without it, the browser's first language decides. */
export function chooseLang(asked: string | null, browser: string): Pick<UiState, "lang" | "langChosen"> {
	if (asked !== null) {
		const a = asked.toLowerCase();
		if (a.startsWith("zh")) return { lang: "zh", langChosen: true };
		if (a.startsWith("en")) return { lang: "en", langChosen: true };
	}
	return { lang: browser.toLowerCase().startsWith("zh") ? "zh" : "en", langChosen: false };
}

/** Follows the system's theme until the user chooses one. */
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
		// Storage not available: the choice lasts until the page closes.
	}
	useUi.setState({ theme });
}
