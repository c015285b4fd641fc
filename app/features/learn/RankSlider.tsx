// A rank to drag, with its number beside it; and the same over the rank of the settings.

import { useId } from "react";
import { useT } from "../../i18n/index.ts";
import { Input } from "../../ui/Input.tsx";
import { editField, useSettings } from "../settings/store.ts";
import { learnTexts } from "./texts.ts";

interface Props {
	label: string;
	value: number;
	min?: number;
	max: number;
	disabled?: boolean;
	onChange(rank: number): void;
}

export function RankSlider({ label, value, min = 0, max, disabled, onChange }: Props) {
	const id = useId();
	return (
		<div className="grid grid-cols-[1fr_auto] items-center gap-3 max-md:[&>label]:col-span-full md:grid-cols-[140px_minmax(120px,480px)_auto]">
			<label htmlFor={id} className="text-sm">
				{label}
			</label>
			<Input
				id={id}
				type="range"
				min={min}
				max={max}
				step={1}
				value={value}
				disabled={disabled}
				onChange={(event) => onChange(Number(event.target.value))}
			/>
			{/* No output element: that would be a second status region, and the run has one. */}
			<span className="num" aria-hidden="true">
				{value}
			</span>
		</div>
	);
}

/** The highest rank that the sliders over the settings go to. */
export const MOST_RANK = 64;

/** The rank of the Workspace's settings: what is chosen here is what the next run trains. */
export function RankSetting({ disabled }: Pick<Props, "disabled">) {
	const w = useT(learnTexts);
	const r = useSettings((s) => s.settings.r);
	return (
		<RankSlider
			label={w("rank")}
			value={Math.min(MOST_RANK, r)}
			min={1}
			max={MOST_RANK}
			disabled={disabled}
			onChange={(rank) => editField("r", String(rank))}
		/>
	);
}
