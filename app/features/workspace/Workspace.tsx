// The Workspace tab: data on the left, run and comparison in the middle, settings and model on the right, runs below. On a
// narrow screen the panels are stacked, the run first, because the rows may be long.

import { useMedia } from "../../ui/useMedia.ts";
import { ComparePanel } from "../compare/ComparePanel.tsx";
import { DataPanel } from "../data/DataPanel.tsx";
import { ModelPanel } from "../model/ModelPanel.tsx";
import { RunPanel } from "../run/RunPanel.tsx";
import { RunsPanel } from "../run/RunsPanel.tsx";
import { SettingsPanel } from "../settings/SettingsPanel.tsx";

export function Workspace() {
	const narrow = useMedia("(max-width: 720px)"); // below the theme's md breakpoint
	const data = (
		<div className="grid min-w-0 content-start gap-2 md:gap-3" key="data">
			<DataPanel />
		</div>
	);
	const run = (
		<div
			className="grid min-w-0 content-start gap-2 max-lg:md:col-start-2 max-lg:md:row-span-2 max-lg:md:row-start-1 md:gap-3"
			key="run"
		>
			<RunPanel />
			<ComparePanel />
		</div>
	);
	const settings = (
		<div className="grid min-w-0 content-start gap-2 md:gap-3" key="settings">
			<SettingsPanel />
			<ModelPanel />
		</div>
	);
	return (
		<div className="grid items-start gap-2 md:grid-cols-[minmax(260px,300px)_minmax(0,1fr)] md:gap-3 lg:grid-cols-[minmax(260px,320px)_minmax(0,1fr)_minmax(260px,300px)]">
			{narrow ? [run, settings, data] : [data, run, settings]}
			<div className="col-span-full grid min-w-0 gap-2 md:gap-3">
				<RunsPanel />
			</div>
		</div>
	);
}
