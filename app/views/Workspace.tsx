// The workspace: data and model on the left, run and comparison in the middle, settings on the right, runs below; on a
// narrow screen one under the other.

import { ComparePanel } from "./ComparePanel.tsx";
import { DataPanel } from "./DataPanel.tsx";
import { ModelPanel } from "./ModelPanel.tsx";
import { RunPanel } from "./RunPanel.tsx";
import { RunsPanel } from "./RunsPanel.tsx";
import { SettingsPanel } from "./SettingsPanel.tsx";

export function Workspace() {
	return (
		<div className="workspace">
			<div className="column side">
				<DataPanel />
				<ModelPanel />
			</div>
			<div className="column middle">
				<RunPanel />
				<ComparePanel />
			</div>
			<div className="column side">
				<SettingsPanel />
			</div>
			<div className="column below">
				<RunsPanel />
			</div>
		</div>
	);
}
