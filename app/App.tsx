// The shell: header, tabs, the view in hand. Only that view is mounted; all that must survive a change of tab
// lives in the stores. To add a tab: see How to add in ARCHITECTURE.md.

import { lazy, type ReactNode, Suspense } from "react";
import { ComparePanel } from "./features/compare/ComparePanel.tsx";
import { DataDrop } from "./features/data/DataDrop.tsx";
import { OpenLinkError } from "./features/export/ShareBar.tsx";
import { useEngine } from "./features/model/store.ts";
import { Header } from "./features/workspace/Header.tsx";
import { KeystrokeBuffer } from "./features/workspace/KeystrokeBuffer.tsx";
import { NetworkNote } from "./features/workspace/NetworkNote.tsx";
import { NoGpu } from "./features/workspace/NoGpu.tsx";
import { restart } from "./features/workspace/startup.ts";
import { type Tab, useUi } from "./features/workspace/store.ts";
import { Workspace } from "./features/workspace/Workspace.tsx";
import { useT } from "./i18n/index.ts";
import { ErrorNote } from "./ui/ErrorNote.tsx";
import { LazyDialog } from "./ui/LazyDialog.tsx";
import { TabPanel, TabRow, Tabs } from "./ui/Tabs.tsx";

/** Parts that come when they are opened: who trains and compares does not wait for their code. */
const MethodsPanel = lazy(async () => ({
	default: (await import("./features/methods/MethodsPanel.tsx")).MethodsPanel,
}));
const Library = lazy(async () => ({ default: (await import("./features/library/Library.tsx")).Library }));
const Learn = lazy(async () => ({ default: (await import("./features/learn/Learn.tsx")).Learn }));
const Palette = lazy(async () => ({ default: (await import("./features/workspace/Palette.tsx")).Palette }));
const Merging = lazy(async () => ({ default: (await import("./features/merge/Merging.tsx")).Merging }));
const Score = lazy(async () => ({ default: (await import("./features/score/Score.tsx")).Score }));
const RankLab = lazy(async () => ({ default: (await import("./features/rank-lab/RankLab.tsx")).RankLab }));

const views: Record<Tab, () => ReactNode> = {
	workspace: () => <Workspace />,
	compare: () => (
		<>
			<ComparePanel wide />
			<Score />
		</>
	),
	ranklab: () => <RankLab />,
	methods: () => <MethodsPanel />,
	library: () => (
		<>
			<Library />
			<div className="px-1 pb-3 md:px-3">
				<Merging />
			</div>
		</>
	),
	learn: () => <Learn />,
};

export function App() {
	const t = useT();
	const phase = useEngine((s) => s.phase);
	const error = useEngine((s) => s.error);
	const tab = useUi((s) => s.tab);
	const palette = useUi((s) => s.palette);
	if (phase === "no-gpu") {
		return (
			<>
				<Header bare />
				<main>
					<NoGpu />
				</main>
				<NetworkNote />
			</>
		);
	}
	return (
		<Tabs>
			<Header />
			<LazyDialog when={palette} until={<KeystrokeBuffer />}>
				<Palette />
			</LazyDialog>
			<nav aria-label={t("tabs.label")}>
				<TabRow />
			</nav>
			<main className="p-2 md:p-3">
				{(phase === "crashed" || phase === "failed") && error !== null && (
					<div className="mb-3">
						<ErrorNote
							error={error}
							keptNote={phase === "crashed"}
							actions={[{ label: "error.restart", run: () => void restart() }]}
						/>
					</div>
				)}
				<OpenLinkError />
				<TabPanel tab={tab}>
					<Suspense fallback={<p className="help p-4">{t("tabs.loading")}</p>}>{views[tab]()}</Suspense>
				</TabPanel>
			</main>
			<DataDrop />
			<NetworkNote />
		</Tabs>
	);
}
