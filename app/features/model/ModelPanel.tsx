// The base model: its facts, ways to open another one, and its precision.

import { useState } from "react";
import type { BaseDType } from "../../../src/engine/api.ts";
import { formatBytes } from "../../../src/shared/format-bytes.ts";
import { useT } from "../../i18n/index.ts";
import { compact, count } from "../../lib/format.ts";
import { Button } from "../../ui/Button.tsx";
import { DescriptionItem, DescriptionList } from "../../ui/DescriptionList.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { FileButton } from "../../ui/FileButton.tsx";
import { FitsBadge } from "../../ui/FitsBadge.tsx";
import { lazyView } from "../../ui/lazy-view.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { SelectField } from "../../ui/SelectField.tsx";
import { Warnings } from "../../ui/Warnings.tsx";
import { isBusy, useRun } from "../run/store.ts";
import { loadModel, openFolder, openGguf } from "./actions.ts";
import { useEngine } from "./store.ts";

const HubModels = lazyView(async () => (await import("../hub/HubModels.tsx")).HubModels);

export function ModelPanel() {
	const t = useT();
	const phase = useEngine((s) => s.phase);
	const model = useEngine((s) => s.model);
	const own = useEngine((s) => s.source.kind !== "demo");
	const error = useEngine((s) => s.modelError);
	const busy = useRun((s) => isBusy(s.state)) || phase !== "ready";
	const [hub, setHub] = useState(false);
	return (
		<Panel aria-label={t("model.title")}>
			<h2>{t("model.title")}</h2>
			<DescriptionList>
				<DescriptionItem term={t("model.licence")}>
					{(model && (model.license ?? t("model.licenceNone"))) ?? "—"}
				</DescriptionItem>
				<DescriptionItem term={t("model.type")}>
					{(model && `${model.model_type}, ${model.dtype}`) ?? "—"}
				</DescriptionItem>
				<DescriptionItem term={t("model.size")}>
					{(model && `${t("header.params", { n: compact(model.parameters) })}, ${formatBytes(model.weightBytes)}`) ??
						"—"}
				</DescriptionItem>
				<DescriptionItem term={t("model.layers")}>{(model && String(model.num_hidden_layers)) ?? "—"}</DescriptionItem>
				<DescriptionItem term={t("model.hidden")}>{(model && count(model.hidden_size)) ?? "—"}</DescriptionItem>
				<DescriptionItem term={t("model.vocab")}>{(model && count(model.vocab_size)) ?? "—"}</DescriptionItem>
				<DescriptionItem term={t("model.context")}>
					{(model && count(model.max_position_embeddings)) ?? "—"}
				</DescriptionItem>
			</DescriptionList>
			<Warnings label={t("model.warnings")} list={model?.warnings ?? []} />
			<InspectedModel />
			{error !== null && (
				<ErrorNote
					error={error}
					actions={[{ label: "error.dismiss", run: () => useEngine.setState({ modelError: null }) }]}
				/>
			)}
			<div className="flex flex-wrap items-center gap-2">
				<FileButton label={t("model.open")} folder disabled={busy} onFiles={(files) => void openFolder(files)} />
				<FileButton
					label={t("model.openGguf")}
					accept=".gguf"
					disabled={busy}
					multiple
					onFiles={(files) => void openGguf(files)}
				/>
				<Button aria-expanded={hub} onClick={() => setHub(!hub)}>
					{t("model.hub")}
				</Button>
				{own && (
					<Button disabled={busy} onClick={() => void loadModel({ kind: "demo" })}>
						{t("model.bundled")}
					</Button>
				)}
			</div>
			{hub && <HubModels busy={busy} />}
			<p className="help">{t("model.openHint")}</p>
			<BasePrecision disabled={busy} />
		</Panel>
	);
}

/** Facts about a folder before it is loaded; one that does not fit asks for confirmation. */
function InspectedModel() {
	const t = useT();
	const waiting = useEngine((s) => s.waiting);
	const loading = useEngine((s) => (s.phase === "loading" ? s.facts : null));
	const facts = waiting?.facts ?? loading;
	if (facts === null) return null;
	return (
		<Notice role="note">
			<p>
				<strong>{facts.name}</strong> <FitsBadge fits={facts.fits} />
			</p>
			<p className="num">
				{compact(facts.parameters)} · {formatBytes(facts.weightBytes)} · {facts.model_type}, {facts.dtype} ·{" "}
				{facts.license ?? t("model.licenceNone")}
			</p>
			{waiting !== null && (
				<>
					<p className="help">{t("model.tooBig")}</p>
					<div className="flex flex-wrap items-center gap-2">
						<Button onClick={() => void loadModel(waiting.source)}>{t("model.loadAnyway")}</Button>
						<Button kind="quiet" onClick={() => useEngine.setState({ waiting: null })}>
							{t("compare.cancel")}
						</Button>
					</div>
				</>
			)}
		</Notice>
	);
}

/** The format of the base's weights on the GPU; changing it loads the model again. */
function BasePrecision({ disabled }: { disabled: boolean }) {
	const t = useT();
	const source = useEngine((s) => s.source);
	return (
		<div className="grid gap-0.5">
			<SelectField
				label={t("model.precision")}
				options={PRECISIONS.map((dtype) => ({ value: dtype, text: t(`model.precision.${dtype}`) }))}
				value={source.dtype ?? "auto"}
				disabled={disabled}
				onChange={(dtype) => void loadModel({ ...source, dtype })}
			/>
			<p className="help">{t("model.precisionHint")}</p>
		</div>
	);
}

const PRECISIONS = ["auto", "float32", "int8", "nf4"] as const satisfies readonly BaseDType[];
