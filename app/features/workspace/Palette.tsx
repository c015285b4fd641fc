// The command palette: everything the page can do, found by typing. Ctrl+K or ⌘K opens it (effects.ts). To add a command: a line below.
import { Command } from "cmdk";
import { useEffect, useRef, useState } from "react";
import { useT } from "../../i18n/index.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { compareSides } from "../compare/actions.ts";
import { chooseSet } from "../data/actions.ts";
import { useData } from "../data/store.ts";
import { downloadAdapter, downloadMerged, downloadRunJson } from "../export/actions.ts";
import { copyLink } from "../export/share-actions.ts";
import { downloadStandAlone } from "../export/stand-alone.ts";
import { loadModel } from "../model/actions.ts";
import { useEngine } from "../model/store.ts";
import { pauseRun, resumeRun, startRun, stopRun } from "../run/actions.ts";
import { isBusy, useRun } from "../run/store.ts";
import { useStartBlocker } from "../run/useStartBlocker.ts";
import { takeKeystrokes } from "./KeystrokeBuffer.tsx";
import { chooseLanguage } from "./language.ts";
import { setTheme, TABS, useUi } from "./store.ts";

interface Item {
	label: string;
	/** Left out when it cannot be done now. */
	can: boolean;
	run(): void;
}

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
	const groups = useGroups();
	const [query, setQuery] = useState("");
	const input = useRef<HTMLInputElement>(null);
	useEffect(() => {
		const { text, entered } = takeKeystrokes();
		if (text !== "") setQuery(text);
		if (!entered) return;
		// cmdk marks the first command that fits a drawing or two after the text.
		const enter = () => input.current?.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
		requestAnimationFrame(() => requestAnimationFrame(enter));
	}, []);
	return (
		<Command
			label={t("palette.title")}
			className="grid gap-2 [&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted-foreground [&_[cmdk-input]]:w-full [&_[cmdk-input]]:rounded-sm [&_[cmdk-input]]:border [&_[cmdk-input]]:border-input [&_[cmdk-input]]:bg-card [&_[cmdk-input]]:p-2 [&_[cmdk-item]]:cursor-pointer [&_[cmdk-item]]:rounded-sm [&_[cmdk-item]]:px-2 [&_[cmdk-item]]:py-1.5 [&_[cmdk-item][data-selected=true]]:bg-accent [&_[cmdk-list]]:max-h-80 [&_[cmdk-list]]:overflow-y-auto"
		>
			<Command.Input
				ref={input}
				data-autofocus
				value={query}
				onValueChange={setQuery}
				placeholder={t("palette.placeholder")}
			/>
			<Command.List>
				<Command.Empty className="help">{t("palette.none")}</Command.Empty>
				{groups.map(({ heading, items }) => (
					<Command.Group key={heading} heading={heading}>
						{items
							.filter(({ can }) => can)
							.map(({ label, run }) => (
								<Command.Item
									key={label}
									value={`${heading} ${label}`}
									onSelect={() => {
										close();
										run();
									}}
								>
									{label}
								</Command.Item>
							))}
					</Command.Group>
				))}
			</Command.List>
		</Command>
	);
}

function useGroups(): { heading: string; items: Item[] }[] {
	const t = useT();
	const { lang, theme } = useUi();
	const state = useRun((s) => s.state);
	const gallery = useData((s) => s.gallery);
	const adapter = useEngine((s) => s.adapter !== null);
	const ready = useEngine((s) => s.phase === "ready");
	const own = useEngine((s) => s.source.kind !== "demo");
	const obstacle = useStartBlocker();
	const idle = !isBusy(state);
	const item = (label: string, can: boolean, run: () => void): Item => ({ label, can, run });
	return [
		{
			heading: t("run.title"),
			items: [
				item(t("run.start"), obstacle === null, () => void startRun(false)),
				item(t("run.pause"), state === "running", () => void pauseRun()),
				item(t("run.resume"), state === "paused", () => void resumeRun()),
				item(t("run.stop"), state === "running" || state === "paused", () => void stopRun()),
				item(t("compare.generate"), ready && idle, () => void compareSides()),
			],
		},
		{
			heading: t("compare.adapter"),
			items: [
				item(t("compare.download"), adapter && idle, () => void downloadAdapter()),
				item(t("share.copy"), adapter && idle && !own, () => void copyLink()),
				item(t("standalone.title"), adapter && idle, () => void downloadStandAlone()),
				item(t("export.merge"), adapter && idle, () => void downloadMerged()),
				item("run.json", true, downloadRunJson),
			],
		},
		{
			heading: t("data.gallery"),
			items: gallery.map((set) => item(set.title[lang], idle, () => void chooseSet(set))),
		},
		{
			heading: t("tabs.label"),
			items: TABS.map((tab) => item(t(`tab.${tab}`), true, () => useUi.setState({ tab }))),
		},
		{
			heading: t("palette.page"),
			items: [
				item(t(theme === "dark" ? "theme.toLight" : "theme.toDark"), true, () =>
					setTheme(theme === "dark" ? "light" : "dark"),
				),
				item(lang === "en" ? "中文" : "English", true, () => void chooseLanguage(lang === "en" ? "zh" : "en")),
				item(t("model.bundled"), ready && idle && own, () => void loadModel({ kind: "demo" })),
			],
		},
	];
}
