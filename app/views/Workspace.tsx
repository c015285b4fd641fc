// The workspace: data and model on the left, run and comparison in the middle, settings on the right, runs below; on a
// narrow screen one under the other, Start and what it makes first, for the rows may be long.

import { useMedia } from "../ui/useMedia.ts";
import { ComparePanel } from "./ComparePanel.tsx";
import { DataPanel } from "./DataPanel.tsx";
import { ModelPanel } from "./ModelPanel.tsx";
import { RunPanel } from "./RunPanel.tsx";
import { RunsPanel } from "./RunsPanel.tsx";
import { SettingsPanel } from "./SettingsPanel.tsx";

export function Workspace() {
	const narrow = useMedia("(max-width: 720px)"); // as in styles/layout.css
	const data = (
		<div className="column side" key="data">
			<DataPanel />
			<ModelPanel />
		</div>
	);
	const run = (
		<div className="column middle" key="run">
			<RunPanel />
			<ComparePanel />
		</div>
	);
	const settings = (
		<div className="column side" key="settings">
			<SettingsPanel />
		</div>
	);
	return (
		<div className="workspace">
			{narrow ? [run, settings, data] : [data, run, settings]}
			<div className="column below">
				<RunsPanel />
			</div>
		</div>
	);
}
