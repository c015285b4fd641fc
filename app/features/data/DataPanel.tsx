// The training data: its source, what was found in it, the held-out share, and a preview. Each part is a Data*.tsx file;
// the dialogs are mounted here.

import { useT } from "../../i18n/index.ts";
import { Button } from "../../ui/Button.tsx";
import { Collapsible } from "../../ui/Collapsible.tsx";
import { LazyDialog } from "../../ui/LazyDialog.tsx";
import { lazyView } from "../../ui/lazy-view.tsx";
import { NumberField } from "../../ui/NumberField.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { useMedia } from "../../ui/useMedia.ts";
import { Locked } from "../settings/Locked.tsx";
import { editField, useSettings } from "../settings/store.ts";
import { DataFound } from "./DataFound.tsx";
import { DataGallery } from "./DataGallery.tsx";
import { DataPreview } from "./DataPreview.tsx";
import { DataSources } from "./DataSources.tsx";
import { useEditor } from "./editor-store.ts";
import { useData } from "./store.ts";

const DataEditor = lazyView(
	async () => (await import("./DataEditor.tsx")).DataEditor,
	() => null,
);
const DataMapping = lazyView(
	async () => (await import("./DataMapping.tsx")).DataMapping,
	() => null,
);

export function DataPanel() {
	const t = useT();
	const asking = useData((s) => s.asking !== null);
	const editing = useEditor((s) => s.open);
	// On a phone the run is below the rows: they are folded, so that Start is near.
	const narrow = useMedia("(max-width: 720px)");
	return (
		<Panel className="md:grid-rows-[auto_auto_auto_auto_minmax(0,1fr)]" aria-label={t("data.title")}>
			<h2>{t("data.title")}</h2>
			<Locked className="grid gap-3">
				<DataGallery />
				<DataSources />
			</Locked>
			<DataFound />
			<Locked className="grid gap-3">
				<HeldOut />
			</Locked>
			{narrow ? (
				<Collapsible line={t("data.preview")}>
					<DataPreview />
				</Collapsible>
			) : (
				<DataPreview />
			)}
			<LazyDialog when={asking}>
				<DataMapping />
			</LazyDialog>
			<LazyDialog when={editing}>
				<DataEditor />
			</LazyDialog>
		</Panel>
	);
}

function HeldOut() {
	const t = useT();
	const heldOut = useData((s) => s.heldOut);
	const seed = useSettings((s) => s.settings.seed);
	return (
		<div className="grid gap-1">
			<NumberField
				label={t("data.heldOut")}
				help={t("data.heldOutHelp")}
				value={Math.round(heldOut * 100)}
				min={0}
				max={50}
				step={5}
				unit="%"
				onChange={(percent) => useData.setState({ heldOut: percent / 100 })}
			/>
			{heldOut > 0 && (
				<p className="help">
					<span>{t("data.split", { seed })}</span>{" "}
					<Button kind="link" title={t("data.splitHelp")} onClick={() => editField("seed", String(seed + 1))}>
						{t("data.splitAgain")}
					</Button>
				</p>
			)}
		</div>
	);
}
