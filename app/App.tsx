// The shell: header, tabs, the view in hand. Only that view is mounted; all that must survive a change of tab
// lives in the stores. To add a tab: a name in stores/ui.ts, its words in i18n, its view in `views` below.

import { lazy, type ReactNode, Suspense } from "react";
import { restart } from "./actions/boot.ts";
import { useT } from "./i18n/index.ts";
import { useEngine } from "./stores/engine.ts";
import { type Tab, useUi } from "./stores/ui.ts";
import { ErrorNote } from "./ui/ErrorNote.tsx";
import { Opened } from "./ui/Opened.tsx";
import { TabPanel, TabRow, Tabs } from "./ui/Tabs.tsx";
import { TypedAhead } from "./ui/TypedAhead.tsx";
import { ComparePanel } from "./views/ComparePanel.tsx";
import { DataDrop } from "./views/DataDrop.tsx";
import { Header } from "./views/Header.tsx";
import { NetworkNote } from "./views/NetworkNote.tsx";
import { NoGpu } from "./views/NoGpu.tsx";
import { OpenLinkError } from "./views/ShareBar.tsx";
import { Workspace } from "./views/Workspace.tsx";

/** Parts that come when they are opened: who trains and compares does not wait for their code. */
const MethodsPanel = lazy(async () => ({ default: (await import("./views/MethodsPanel.tsx")).MethodsPanel }));
const Library = lazy(async () => ({ default: (await import("./views/Library.tsx")).Library }));
const Learn = lazy(async () => ({ default: (await import("./learn/Learn.tsx")).Learn }));
const Palette = lazy(async () => ({ default: (await import("./views/Palette.tsx")).Palette }));
const Merging = lazy(async () => ({ default: (await import("./merging/Merging.tsx")).Merging }));
const Score = lazy(async () => ({ default: (await import("./score/Score.tsx")).Score }));
const RankLab = lazy(async () => ({ default: (await import("./views/RankLab.tsx")).RankLab }));

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
			<Opened when={palette} until={<TypedAhead />}>
				<Palette />
			</Opened>
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
