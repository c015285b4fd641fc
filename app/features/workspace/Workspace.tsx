// The Workspace tab: data on the left, run and comparison in the middle, settings and model on the right, runs below. The
// data panel is as tall as the columns beside it. On a tablet, settings and model are below the comparison; on a phone, all
// panels are stacked.

import { ComparePanel } from "../compare/ComparePanel.tsx";
import { DataPanel } from "../data/DataPanel.tsx";
import { ModelPanel } from "../model/ModelPanel.tsx";
import { RunPanel } from "../run/RunPanel.tsx";
import { RunsPanel } from "../run/RunsPanel.tsx";
import { SettingsPanel } from "../settings/SettingsPanel.tsx";

export function Workspace() {
	return (
		<div className="grid items-start gap-2 md:grid-cols-[minmax(260px,300px)_minmax(0,1fr)] md:grid-rows-[auto_1fr] md:gap-3 lg:grid-cols-[minmax(260px,320px)_minmax(0,1fr)_minmax(260px,300px)]">
			<div className="grid min-w-0 max-lg:md:row-span-2 md:self-stretch">
				<DataPanel />
			</div>
			<div className="grid min-w-0 content-start gap-2 md:gap-3">
				<RunPanel />
				<ComparePanel />
			</div>
			<div className="grid min-w-0 content-start items-start gap-2 max-lg:md:grid-cols-2 md:gap-3">
				<SettingsPanel />
				<ModelPanel />
			</div>
			<div className="col-span-full grid min-w-0 gap-2 md:gap-3">
				<RunsPanel />
			</div>
		</div>
	);
}
