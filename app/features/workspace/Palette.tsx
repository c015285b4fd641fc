// The command palette: lists the commands that can run now (commands.ts), filtered by typing. Ctrl K or ⌘K opens it.
import { Command as Cmdk } from "cmdk";
import { useEffect, useRef, useState } from "react";
import { allCommands } from "../../commands.ts";
import { useT } from "../../i18n/index.ts";
import { labelText, shortcutText, useEnabled } from "../../lib/command.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { captureKeystrokes } from "./KeystrokeBuffer.tsx";
import { useUi } from "./store.ts";

export function Palette() {
	const t = useT();
	const open = useUi((s) => s.palette);
	const close = () => useUi.setState({ palette: false });
	return (
		<Dialog open={open} onClose={close} title={t("palette.title")} description={t("palette.help")}>
			<Commands close={close} />
		</Dialog>
	);
}

function Commands({ close }: { close(): void }) {
	const t = useT();
	const lang = useUi((s) => s.lang);
	const commands = allCommands();
	const enabled = useEnabled(commands);
	const groups = [...new Set(commands.map(({ group }) => group))]
		.map((group) => ({
			heading: t(group),
			items: commands.filter((command) => command.group === group && enabled.has(command.id)),
		}))
		.filter(({ items }) => items.length > 0);
	const [query, setQuery] = useState("");
	const input = useRef<HTMLInputElement>(null);
	useEffect(() => {
		const { text, entered } = captureKeystrokes();
		if (text !== "") setQuery(text);
		if (!entered) return;
		// cmdk selects the first matching command one or two frames after the text changes.
		const enter = () => input.current?.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
		requestAnimationFrame(() => requestAnimationFrame(enter));
	}, []);
	return (
		<Cmdk
			label={t("palette.title")}
			className="grid gap-2 [&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted-foreground [&_[cmdk-input]]:w-full [&_[cmdk-input]]:rounded-sm [&_[cmdk-input]]:border [&_[cmdk-input]]:border-input [&_[cmdk-input]]:bg-card [&_[cmdk-input]]:p-2 [&_[cmdk-item]]:cursor-pointer [&_[cmdk-item]]:rounded-sm [&_[cmdk-item]]:px-2 [&_[cmdk-item]]:py-1.5 [&_[cmdk-item][data-selected=true]]:bg-accent [&_[cmdk-list]]:max-h-80 [&_[cmdk-list]]:overflow-y-auto"
		>
			<Cmdk.Input
				ref={input}
				data-autofocus
				value={query}
				onValueChange={setQuery}
				placeholder={t("palette.placeholder")}
			/>
			<Cmdk.List>
				<Cmdk.Empty className="help">{t("palette.none")}</Cmdk.Empty>
				{groups.map(({ heading, items }) => (
					<Cmdk.Group key={heading} heading={heading}>
						{items.map(({ id, label, icon: Icon, shortcut, perform }) => (
							<Cmdk.Item
								key={id}
								className="flex items-center gap-2"
								value={`${heading} ${labelText(label, t, lang)}`}
								onSelect={() => {
									close();
									perform();
								}}
							>
								<Icon size={16} aria-hidden="true" className="text-muted-foreground" />
								{labelText(label, t, lang)}
								{shortcut !== undefined && <kbd className="help ml-auto">{shortcutText(shortcut)}</kbd>}
							</Cmdk.Item>
						))}
					</Cmdk.Group>
				))}
			</Cmdk.List>
		</Cmdk>
	);
}
