// Commands of the page itself: theme, language, the palette.
import { Contrast, Gauge, Languages, Scale, Search } from "lucide-react";
import type { Command } from "../../lib/command.ts";
import { chooseLanguage } from "./language.ts";
import { type Lang, setTheme, type Theme, useUi } from "./store.ts";

const themeCommand = (theme: Theme): Command => ({
	id: `theme.${theme}`,
	label: theme === "dark" ? "theme.toDark" : "theme.toLight",
	group: "palette.page",
	icon: Contrast,
	enabled: () => useUi.getState().theme !== theme,
	perform: () => setTheme(theme),
});
export const themeCommands: Readonly<Record<Theme, Command>> = {
	light: themeCommand("light"),
	dark: themeCommand("dark"),
};

const languageCommand = (lang: Lang, name: string): Command => ({
	id: `language.${lang}`,
	label: { en: name, zh: name },
	group: "palette.page",
	icon: Languages,
	enabled: () => useUi.getState().lang !== lang,
	perform: () => void chooseLanguage(lang),
});

export const paletteCommand: Command = {
	id: "palette",
	label: "palette.title",
	group: "palette.page",
	icon: Search,
	shortcut: "k",
	enabled: () => true,
	perform: () => useUi.setState(({ palette }) => ({ palette: !palette })),
};

export const measureCommand: Command = {
	id: "measure",
	label: "header.measureTitle",
	group: "palette.page",
	icon: Gauge,
	enabled: () => true,
	perform: () => useUi.setState({ measuring: true }),
};

/** The build writes the file (scripts/build/notices.mjs); it is not stored for use without a network. */
const licencesCommand: Command = {
	id: "licences",
	label: { en: "Licences of third-party code", zh: "第三方代码的许可证" },
	group: "palette.page",
	icon: Scale,
	enabled: () => true,
	perform: () => void window.open("third-party-licenses.txt", "_blank", "noopener"),
};

export const pageCommands: readonly Command[] = [
	themeCommands.light,
	themeCommands.dark,
	languageCommand("en", "English"),
	languageCommand("zh", "中文"),
	measureCommand,
	licencesCommand,
];
