// The rank of the Workspace's settings as a slider: the next run trains with it.
import { useT } from "../../i18n/index.ts";
import { Slider } from "../../ui/Slider.tsx";
import { editField, useSettings } from "../settings/store.ts";
import { learnTexts } from "./texts.ts";

/** The highest rank of the Learn page's sliders. */
export const MOST_RANK = 64;

export function RankSetting({ disabled }: { disabled?: boolean }) {
	const w = useT(learnTexts);
	const r = useSettings((s) => s.settings.r);
	return (
		<Slider
			label={w("rank")}
			value={Math.min(MOST_RANK, r)}
			min={1}
			max={MOST_RANK}
			disabled={disabled}
			onChange={(rank) => editField("r", String(rank))}
		/>
	);
}
