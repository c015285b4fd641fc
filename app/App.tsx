// The page's frame: header, tabs and the view of the selected tab (tabs.tsx). Only that view is mounted; state that must
// survive a change of tab is in the stores.

import { ErrorBoundary } from "react-error-boundary";
import { DataDrop } from "./features/data/DataDrop.tsx";
import { OpenLinkError } from "./features/export/ShareBar.tsx";
import { useEngine } from "./features/model/store.ts";
import { GpuLost } from "./features/workspace/GpuLost.tsx";
import { Header } from "./features/workspace/Header.tsx";
import { KeystrokeBuffer } from "./features/workspace/KeystrokeBuffer.tsx";
import { NetworkNote } from "./features/workspace/NetworkNote.tsx";
import { NoGpu } from "./features/workspace/NoGpu.tsx";
import { restart } from "./features/workspace/startup.ts";
import { useUi } from "./features/workspace/store.ts";
import { useT } from "./i18n/index.ts";
import { TABS } from "./tabs.tsx";
import { ErrorNote } from "./ui/ErrorNote.tsx";
import { LazyDialog } from "./ui/LazyDialog.tsx";
import { lazyView } from "./ui/lazy-view.tsx";
import { PartError } from "./ui/PartError.tsx";
import { TabPanel, TabRow, Tabs } from "./ui/Tabs.tsx";

const Palette = lazyView(async () => (await import("./features/workspace/Palette.tsx")).Palette, KeystrokeBuffer);
const MeasureDialog = lazyView(
	async () => (await import("./features/measure/MeasureDialog.tsx")).MeasureDialog,
	() => null,
);

export function App() {
	const t = useT();
	const phase = useEngine((s) => s.phase);
	const error = useEngine((s) => s.error);
	const lang = useUi((s) => s.lang);
	const tab = useUi((s) => s.tab);
	const palette = useUi((s) => s.palette);
	const measuring = useUi((s) => s.measuring);
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
		<Tabs value={tab} onChange={(id) => useUi.setState({ tab: id })}>
			<Header />
			<LazyDialog when={palette}>
				<Palette />
			</LazyDialog>
			<LazyDialog when={measuring}>
				<MeasureDialog />
			</LazyDialog>
			<nav aria-label={t("tabs.label")}>
				<TabRow label={t("tabs.label")} tabs={TABS.map(({ id, label }) => ({ id, label: label[lang] }))} />
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
				{tab !== "workspace" && <GpuLost />}
				<OpenLinkError />
				{TABS.filter(({ id }) => id === tab).map(({ id, View }) => (
					<TabPanel key={id} id={id}>
						<ErrorBoundary FallbackComponent={PartError}>
							<View />
						</ErrorBoundary>
					</TabPanel>
				))}
			</main>
			<DataDrop />
			<NetworkNote />
		</Tabs>
	);
}
