// The input of the comparison: one prompt, several prompts, or the next turn of a chat; and the sampling options.

import { useEffect, useId, useRef } from "react";
import { useT } from "../../i18n/index.ts";
import { Button } from "../../ui/Button.tsx";
import { Collapsible } from "../../ui/Collapsible.tsx";
import { Textarea } from "../../ui/Input.tsx";
import { NumberField } from "../../ui/NumberField.tsx";
import { Slider } from "../../ui/Slider.tsx";
import { ToggleGroup } from "../../ui/ToggleGroup.tsx";
import { useData } from "../data/store.ts";
import { useEngine } from "../model/store.ts";
import { isBusy, useRun } from "../run/store.ts";
import { askTunedAgain, cancelGeneration, compareSides } from "./actions.ts";
import { MODES, MOST_PROMPTS, promptsOf, useCompare } from "./store.ts";

export function CompareAsk() {
	const t = useT();
	const mode = useCompare((s) => s.mode);
	const generating = useCompare((s) => s.generating);
	const asked = useCompare((s) => (s.mode === "set" ? promptsOf(s.promptSet).length > 0 : s.prompt.trim() !== ""));
	const ready = useEngine((s) => s.phase === "ready");
	const busy = useRun((s) => isBusy(s.state));
	const can = ready && !busy && asked;
	return (
		<div className="grid gap-1">
			<ToggleGroup
				label={t("compare.modes")}
				className="mb-1"
				options={MODES.map((value) => ({ value, text: t(`compare.mode.${value}`) }))}
				value={mode}
				disabled={generating}
				onChange={(value) => useCompare.setState({ mode: value })}
			/>
			{mode === "set" ? <PromptSet /> : <Prompt onSend={() => can && void compareSides()} />}
			<div className="mt-1 flex flex-wrap items-center gap-2">
				<Button disabled={!can} onClick={() => void compareSides()}>
					{t(mode === "chat" ? "compare.send" : "compare.generate")}
				</Button>
				{generating && (
					<Button kind="quiet" onClick={() => void cancelGeneration()}>
						{t("compare.cancel")}
					</Button>
				)}
				{busy && <span className="help">{t("compare.busy")}</span>}
			</div>
			<Strength />
			<Sampling />
		</div>
	);
}

function Prompt({ onSend }: { onSend(): void }) {
	const t = useT();
	const id = useId();
	const prompt = useCompare((s) => s.prompt);
	return (
		<>
			<label htmlFor={id} className="text-sm">
				{t("compare.prompt")}
			</label>
			<Textarea
				id={id}
				rows={2}
				dir="auto"
				value={prompt}
				placeholder={t("compare.placeholder")}
				onChange={(event) =>
					useCompare.setState({ prompt: event.target.value, promptTouched: event.target.value !== "" })
				}
				onKeyDown={(event) => {
					// Enter that confirms an IME composition (pinyin, kana) does not send.
					if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
					event.preventDefault();
					onSend();
				}}
			/>
		</>
	);
}

function PromptSet() {
	const t = useT();
	const id = useId();
	const text = useCompare((s) => s.promptSet);
	const heldOut = useData((s) => {
		const { origin } = s;
		return origin?.kind === "gallery" ? s.gallery.find(({ id: set }) => set === origin.id)?.heldOutPrompts : undefined;
	});
	return (
		<>
			<label htmlFor={id} className="text-sm">
				{t("compare.prompts", { n: MOST_PROMPTS })}
			</label>
			<Textarea
				id={id}
				rows={4}
				dir="auto"
				value={text}
				onChange={(event) => useCompare.setState({ promptSet: event.target.value })}
			/>
			{heldOut !== undefined && (
				<Button
					kind="quiet"
					className="justify-self-start pl-0"
					onClick={() => useCompare.setState({ promptSet: heldOut.join("\n") })}
				>
					{t("compare.heldOutPrompts")}
				</Button>
			)}
		</>
	);
}

/** Milliseconds after the last slider movement before the tuned model answers again. */
const REST = 250;

function Strength() {
	const t = useT();
	const strength = useCompare((s) => s.strength);
	const has = useEngine((s) => s.adapter !== null);
	const busy = useRun((s) => isBusy(s.state));
	const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
	useEffect(() => () => clearTimeout(timer.current), []);
	return (
		<Slider
			label={t("compare.strength")}
			help={t("compare.strengthHelp")}
			max={1.5}
			step={0.05}
			value={strength}
			text={strength.toFixed(2)}
			disabled={!has || busy}
			onChange={(value) => {
				useCompare.setState({ strength: value });
				clearTimeout(timer.current);
				timer.current = setTimeout(() => void askTunedAgain(), REST);
			}}
		/>
	);
}

function Sampling() {
	const t = useT();
	const s = useCompare();
	return (
		<Collapsible line={t("compare.sampling")}>
			<div className="grid grid-cols-[repeat(auto-fill,minmax(200px,1fr))] items-start gap-x-6 gap-y-3">
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
					integer
					onChange={(max_new_tokens) => useCompare.setState({ max_new_tokens })}
				/>
				<NumberField
					label={t("compare.seed")}
					help={t("compare.seedHelp")}
					value={s.seed}
					min={0}
					max={4294967295}
					integer
					onChange={(seed) => useCompare.setState({ seed })}
				/>
			</div>
		</Collapsible>
	);
}
