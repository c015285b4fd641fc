// Commands that save or share the adapter. The menu of other files shows three of them with their sizes.
import { Download, FileCode, Link, Package, Settings2 } from "lucide-react";
import { toErrorInfo } from "../../engine.ts";
import type { Command } from "../../lib/command.ts";
import { useCompare } from "../compare/store.ts";
import { useEngine } from "../model/store.ts";
import { isBusy, useRun } from "../run/store.ts";
import { downloadAdapter, downloadMerged, downloadRunJson } from "./actions.ts";
import { copyLink } from "./share-actions.ts";

const hasAdapter = (): boolean => useEngine.getState().adapter !== null && !isBusy(useRun.getState().state);

export const mergedCommand: Command = {
	id: "export.merged",
	label: "export.merge",
	group: "compare.adapter",
	icon: Package,
	enabled: hasAdapter,
	perform: () => void downloadMerged(),
};

export const standAloneCommand: Command = {
	id: "export.standAlone",
	label: "standalone.title",
	group: "compare.adapter",
	icon: FileCode,
	enabled: hasAdapter,
	perform: () =>
		void import("./stand-alone.ts").then(
			({ downloadStandAlone }) => downloadStandAlone(),
			(error: unknown) => useCompare.setState({ error: toErrorInfo(error) }),
		),
};

export const runJsonCommand: Command = {
	id: "export.runJson",
	label: { en: "run.json", zh: "run.json" },
	group: "compare.adapter",
	icon: Settings2,
	enabled: () => true,
	perform: downloadRunJson,
};

export const exportCommands: readonly Command[] = [
	{
		id: "export.adapter",
		label: "compare.download",
		group: "compare.adapter",
		icon: Download,
		enabled: hasAdapter,
		perform: () => void downloadAdapter(),
	},
	{
		id: "share.link",
		label: "share.copy",
		group: "compare.adapter",
		icon: Link,
		enabled: () => hasAdapter() && useEngine.getState().source.kind === "demo",
		perform: () => void copyLink(),
	},
	standAloneCommand,
	mergedCommand,
	runJsonCommand,
];
