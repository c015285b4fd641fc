// Base and tuned side by side: one prompt, two streamed answers; the adapter out and in. The same panel serves
// the workspace and, wide, the Compare tab.

import { useId, useRef } from "react";
import { cancelGeneration, compareSides, downloadAdapter, importAdapter } from "../actions/compare.ts";
import { useT } from "../i18n/index.ts";
import { bytes } from "../lib/format.ts";
import { type Side, useCompare } from "../stores/compare.ts";
import { useEngine } from "../stores/engine.ts";
import { isBusy, useRun } from "../stores/run.ts";
import { Button } from "../ui/Button.tsx";
import { ErrorNote } from "../ui/ErrorNote.tsx";
import { NumberField } from "../ui/NumberField.tsx";

export function ComparePanel({ wide = false }: { wide?: boolean }) {
	const t = useT();
	const error = useCompare((s) => s.error);
	return (
		<section className={wide ? "panel compare wide" : "panel compare"} aria-label={t("compare.title")}>
			<h2>{t("compare.title")}</h2>
			<Ask />
			<Sampling />
			{error !== null && (
				<ErrorNote
					error={error}
					actions={[{ label: "error.dismiss", run: () => useCompare.setState({ error: null }) }]}
				/>
			)}
			<div className="answers">
				<AnswerBox side="base" />
				<AnswerBox side="tuned" />
			</div>
			<AdapterBar />
		</section>
	);
}

function Ask() {
	const t = useT();
	const id = useId();
	const prompt = useCompare((s) => s.prompt);
	const generating = useCompare((s) => s.generating);
	const ready = useEngine((s) => s.phase === "ready");
	const busy = useRun((s) => isBusy(s.state));
	const can = ready && !busy && prompt.trim() !== "";
	return (
		<div className="ask">
			<label htmlFor={id}>{t("compare.prompt")}</label>
			<textarea
				id={id}
				rows={2}
				value={prompt}
				placeholder={t("compare.placeholder")}
				onChange={(event) =>
					useCompare.setState({ prompt: event.target.value, promptTouched: event.target.value !== "" })
				}
				onKeyDown={(event) => {
					// Enter that ends a composition (pinyin, kana) is not a wish to send.
					if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
					event.preventDefault();
					if (can) void compareSides();
				}}
			/>
			<div className="row">
				<Button disabled={!can} onClick={() => void compareSides()}>
					{t("compare.generate")}
				</Button>
				{generating && (
					<Button kind="quiet" onClick={() => void cancelGeneration()}>
						{t("compare.cancel")}
					</Button>
				)}
				{busy && <span className="help">{t("compare.busy")}</span>}
			</div>
		</div>
	);
}

function Sampling() {
	const t = useT();
	const s = useCompare();
	return (
		<details className="fold">
			<summary>{t("compare.sampling")}</summary>
			<div className="sampling">
				<NumberField
					label={t("compare.temperature")}
					help={t("compare.temperatureHelp")}
					value={s.temperature}
					min={0}
					max={2}
					step={0.1}
					onChange={(temperature) => useCompare.setState({ temperature })}
				/>
				<NumberField
					label={t("compare.topP")}
					value={s.top_p}
					min={0.01}
					max={1}
					step={0.01}
					onChange={(top_p) => useCompare.setState({ top_p })}
				/>
				<NumberField
					label={t("compare.maxNew")}
					help={t("compare.maxNewHelp")}
					value={s.max_new_tokens}
					min={1}
					max={2048}
					step={1}
					integer
					onChange={(max_new_tokens) => useCompare.setState({ max_new_tokens })}
				/>
				<NumberField
					label={t("compare.seed")}
					help={t("compare.seedHelp")}
					value={s.seed}
					min={0}
					max={4294967295}
					step={1}
					integer
					onChange={(seed) => useCompare.setState({ seed })}
				/>
				<NumberField
					label={t("compare.strength")}
					help={t("compare.strengthHelp")}
					value={s.strength}
					min={0}
					max={1.5}
					step={0.1}
					onChange={(strength) => useCompare.setState({ strength })}
				/>
			</div>
		</details>
	);
}

function AnswerBox({ side }: { side: Side }) {
	const t = useT();
	const answer = useCompare((s) => s[side]);
	const hasAdapter = useEngine((s) => s.adapter !== null);
	const empty =
		side === "base" ? t("compare.baseEmpty") : hasAdapter ? t("compare.tunedReady") : t("compare.tunedEmpty");
	const name = t(`compare.${side}`);
	return (
		<div className={`answer ${side}`}>
			<h3>
				{name} <span className="muted">{t(`compare.${side}Hint`)}</span>
				{answer.state === "writing" && <span className="help"> · {t("compare.writing")}</span>}
				{answer.state === "waiting" && <span className="help"> · {t("compare.waiting")}</span>}
			</h3>
			{/* The region holds the answer alone, so that whoever reads it reads the model's words. */}
			<section aria-label={name} aria-busy={answer.state === "writing" || answer.state === "waiting"}>
				{answer.state === "done" && answer.text === "" ? (
					<p className="help">{t("compare.nothing")}</p>
				) : (
					<p className={answer.cut === true ? "answer-text cut-off" : "answer-text"}>{answer.text}</p>
				)}
			</section>
			{answer.state === "empty" && <p className="help">{empty}</p>}
		</div>
	);
}

function AdapterBar() {
	const t = useT();
	const adapter = useEngine((s) => s.adapter);
	const ready = useEngine((s) => s.phase === "ready");
	const busy = useRun((s) => isBusy(s.state));
	const generating = useCompare((s) => s.generating);
	const imported = useCompare((s) => s.imported);
	const input = useRef<HTMLInputElement>(null);
	return (
		<div className="adapter-bar">
			<p className="help">
				{imported ??
					(adapter === null
						? t("compare.adapterNone")
						: t("compare.adapterHas", { r: adapter.r, size: bytes(adapter.adapterBytes) }))}
			</p>
			<div className="row">
				<Button title={t("compare.zipHint")} disabled={adapter === null || busy} onClick={() => void downloadAdapter()}>
					{t("compare.download")}
				</Button>
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
					accept=".zip,application/zip"
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
		</div>
	);
}
