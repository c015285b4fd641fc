// Every command of the page, in the order of the palette, and the keyboard shortcuts that run them.
import { compareCommands } from "./features/compare/commands.ts";
import { dataCommands } from "./features/data/commands.ts";
import { exportCommands } from "./features/export/commands.ts";
import { modelCommands } from "./features/model/commands.ts";
import { runCommands } from "./features/run/commands.ts";
import { pageCommands, paletteCommand } from "./features/workspace/commands.ts";
import { useUi } from "./features/workspace/store.ts";
import type { Command } from "./lib/command.ts";
import { TABS } from "./tabs.tsx";

const tabCommands: readonly Command[] = TABS.map(({ id, label, icon }) => ({
	id: `tab.${id}`,
	label,
	group: "tabs.label",
	icon,
	enabled: () => true,
	perform: () => useUi.setState({ tab: id }),
}));

export const allCommands = (): readonly Command[] => [
	...runCommands,
	...compareCommands,
	...exportCommands,
	...tabCommands,
	...dataCommands(),
	...pageCommands,
	...modelCommands,
];

/** Runs a command when its shortcut is pressed. */
export function listenForShortcuts(): void {
	addEventListener("keydown", (event) => {
		if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
		const command = [paletteCommand, ...allCommands()].find(({ shortcut }) => shortcut === event.key.toLowerCase());
		if (command === undefined) return;
		event.preventDefault();
		if (command.enabled()) command.perform();
	});
}
