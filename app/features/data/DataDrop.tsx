// Drop target of the whole page, with a hint while a file is dragged over it. Data files go to the data panel, a zip or the
// files of an adapter are imported, a folder or a GGUF file opens as a model. A part of the page that handles drops itself calls preventDefault first.

import { FileDown } from "lucide-react";
import { useEffect, useState } from "react";
import { useT } from "../../i18n/index.ts";
import { importAdapter } from "../export/actions.ts";
import { openDropped, openGguf } from "../model/actions.ts";
import { isBusy, useRun } from "../run/store.ts";
import { useUi } from "../workspace/store.ts";
import { loadDataFiles } from "./data-files.ts";

const holdsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") === true;

const isGguf = ({ name }: File): boolean => /\.gguf$/i.test(name);

function take(event: DragEvent): void {
	const { items, files: list } = event.dataTransfer ?? {};
	const files = [...(list ?? [])];
	const [file] = files;
	if (file === undefined || isBusy(useRun.getState().state)) return;
	// A folder is a model or an adapter.
	const entry = items?.[0]?.webkitGetAsEntry();
	if (entry?.isDirectory === true) void openDropped(entry as FileSystemDirectoryEntry);
	else if (isGguf(file)) void openGguf(files.filter(isGguf));
	else if (/\.zip$/i.test(file.name)) void importAdapter(file);
	else if (isAdapter(files)) void importAdapter(files.map((blob) => ({ path: blob.name, blob })));
	else {
		useUi.setState({ tab: "workspace" });
		void loadDataFiles(files);
	}
}

/** The files of an adapter's folder, without the folder. */
const isAdapter = (files: readonly File[]): boolean =>
	["adapter_config.json", "adapter_model.safetensors"].every((name) => files.some((file) => file.name === name));

export function DataDrop() {
	const t = useT();
	const busy = useRun((s) => isBusy(s.state));
	const [over, setOver] = useState(false);
	useEffect(() => {
		// dragenter of an element fires before dragleave of its parent, so only a counter knows when the pointer has left.
		let depth = 0;
		const hover = (now: boolean) => {
			depth = now ? depth : 0;
			setOver(now);
		};
		const listeners: [string, (event: DragEvent) => void][] = [
			[
				"dragenter",
				() => {
					depth++;
					hover(true);
				},
			],
			["dragleave", () => --depth <= 0 && hover(false)],
			["dragover", (event) => event.preventDefault()],
			[
				"drop",
				(event) => {
					hover(false);
					if (event.defaultPrevented) return;
					event.preventDefault();
					take(event);
				},
			],
		];
		const off = listeners.map(([name, run]) => {
			const listener = (event: Event) => {
				if (event instanceof DragEvent && holdsFiles(event)) run(event);
			};
			window.addEventListener(name, listener);
			return () => window.removeEventListener(name, listener);
		});
		return () => off.forEach((remove) => remove());
	}, []);
	if (!over) return null;
	return (
		<div className="pointer-events-none fixed inset-0 z-50 grid place-items-center bg-veil" aria-hidden="true">
			<p className="grid justify-items-center gap-1 rounded-xl border-2 border-dashed border-primary bg-card px-12 py-8 [&_svg]:text-primary">
				<FileDown size={24} />
				<strong>{t(busy ? "data.dropBusy" : "data.drop")}</strong>
				<span className="help">{t("data.dropHint")}</span>
			</p>
		</div>
	);
}
