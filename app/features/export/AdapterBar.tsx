// The adapter in memory and the ways to export and import it: PEFT zip, link, other files.

import { ChevronDown } from "lucide-react";
import { useRef } from "react";
import type { AdapterInfo, RunRecord } from "../../../src/engine/api.ts";
import { formatBytes } from "../../../src/shared/format-bytes.ts";
import { type Translate, useT } from "../../i18n/index.ts";
import { dateTime } from "../../lib/format.ts";
import { Button } from "../../ui/Button.tsx";
import { lazyView } from "../../ui/lazy-view.tsx";
import { Warnings } from "../../ui/Warnings.tsx";
import { useCompare } from "../compare/store.ts";
import { useEngine } from "../model/store.ts";
import { useRunInMemory } from "../run/run-list.ts";
import { isBusy, useRun } from "../run/store.ts";
import { type Lang, useUi } from "../workspace/store.ts";
import { downloadAdapter, importAdapter } from "./actions.ts";
import { CopyLink, CopyLinkError, LinkNote } from "./ShareBar.tsx";

const ExportMenu = lazyView(async () => (await import("./ExportMenu.tsx")).ExportMenu, MenuPlaceholder);

const Targets = lazyView(
	async () => (await import("./Targets.tsx")).Targets,
	() => null,
);

function described(
	{ r, name, adapterBytes, training }: AdapterInfo,
	run: RunRecord | null,
	lang: Lang,
	t: Translate,
): string {
	const facts = { what: r === null ? name : t("compare.adapterRank", { r }), size: formatBytes(adapterBytes) };
	if (run !== null) return t("compare.adapterOf", { run: run.name, when: dateTime(run.created, lang), ...facts });
	const data = training?.data.name;
	return data === undefined ? t("compare.adapterHas", facts) : t("compare.adapterFrom", { data, ...facts });
}

export function AdapterBar() {
	const t = useT();
	const adapter = useEngine((s) => s.adapter);
	const ready = useEngine((s) => s.phase === "ready");
	// After the GPU was lost, the adapter can still be exported.
	const usable = useEngine((s) => s.adapter !== null && (s.phase === "ready" || s.phase === "lost"));
	const busy = useRun((s) => isBusy(s.state));
	const generating = useCompare((s) => s.generating);
	const said = useCompare((s) => s.imported);
	const lang = useUi((s) => s.lang);
	const run = useRunInMemory();
	const state = adapter === null ? t("compare.adapterNone") : described(adapter, run, lang, t);
	const input = useRef<HTMLInputElement>(null);
	return (
		<div className="grid gap-2">
			<p className="help wrap-anywhere" aria-live="polite">
				<span>{said ?? state}</span> <LinkNote />
			</p>
			<Warnings label={t("compare.adapterWarnings")} list={adapter?.warnings ?? []} />
			<div className="flex flex-wrap items-center gap-2">
				<Button title={t("compare.zipHint")} disabled={!usable || busy} onClick={() => void downloadAdapter()}>
					{t("compare.download")}
				</Button>
				{adapter === null ? <MenuPlaceholder /> : <ExportMenu disabled={!usable || busy} />}
				<CopyLink />
				<Button
					title={t("compare.zipHint")}
					disabled={!ready || busy || generating}
					onClick={() => input.current?.click()}
				>
					{t("compare.import")}
				</Button>
				<input
					ref={input}
					type="file"
					accept=".zip,.gguf,application/zip"
					aria-label={t("compare.importInput")}
					tabIndex={-1}
					hidden
					onChange={(event) => {
						const file = event.target.files?.[0];
						event.target.value = "";
						if (file !== undefined) void importAdapter(file);
					}}
				/>
			</div>
			<CopyLinkError />
			{adapter !== null && <Targets disabled={busy} />}
		</div>
	);
}

/** A disabled button in place of the menu until there is an adapter. */
function MenuPlaceholder() {
	const t = useT();
	return (
		<Button disabled>
			{t("export.more")} <ChevronDown size={16} aria-hidden="true" />
		</Button>
	);
}
