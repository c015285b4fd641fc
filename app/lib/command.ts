// A command is something the page can do, stated once: its label, icon, shortcut, when it is available and what it does.
// The palette, menus and keyboard shortcuts read it. Each feature lists its commands; app/commands.ts joins the lists.
import type { LucideIcon } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useCompare } from "../features/compare/store.ts";
import { useData } from "../features/data/store.ts";
import { useEngine } from "../features/model/store.ts";
import { useRun } from "../features/run/store.ts";
import { useSettings } from "../features/settings/store.ts";
import { type Lang, useUi } from "../features/workspace/store.ts";
import type { PlainKey, Translate } from "../i18n/index.ts";

/** A key of `t`, or the label itself where it is data: the title of a gallery set, the name of a language. */
export type Label = PlainKey | Readonly<Record<Lang, string>>;

export interface Command {
	readonly id: string;
	readonly label: Label;
	/** Heading in the palette. */
	readonly group: PlainKey;
	readonly icon: LucideIcon;
	/** A lower-case letter, pressed with Ctrl, or with Command on macOS. */
	readonly shortcut?: string;
	/** Whether it can run now: the palette hides it otherwise, a menu disables it. */
	enabled(): boolean;
	perform(): void;
}

export const labelText = (label: Label, t: Translate, lang: Lang): string =>
	typeof label === "string" ? t(label) : label[lang];

/** "Ctrl K", or "⌘K" on macOS. */
export const shortcutText = (letter: string): string =>
	`${/Mac/.test(navigator.userAgent) ? "⌘" : "Ctrl "}${letter.toUpperCase()}`;

const STORES = [useCompare, useData, useEngine, useRun, useSettings, useUi];

function subscribe(changed: () => void): () => void {
	const stops = STORES.map((store) => store.subscribe(changed));
	return () => {
		for (const stop of stops) stop();
	};
}

/** The ids of the commands that can run now, separated by spaces; re-renders when they change. */
export const useEnabled = (commands: readonly Command[]): ReadonlySet<string> => {
	const ids = useSyncExternalStore(subscribe, () =>
		commands
			.filter((command) => command.enabled())
			.map(({ id }) => id)
			.join(" "),
	);
	return new Set(ids.split(" "));
};
