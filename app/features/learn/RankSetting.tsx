// The rank of the Workspace's settings as a slider: the next run trains with it.
import { useT } from "../../i18n/index.ts";
import { Slider } from "../../ui/Slider.tsx";
import { useEngine } from "../model/store.ts";
import { editField, useSettings } from "../settings/store.ts";
import { rankLimit } from "../settings/suggestions.ts";
import { learnTexts } from "./texts.ts";

/** The highest rank of the Learn page's sliders. */
export const MOST_RANK = 64;

export function RankSetting({ disabled }: { disabled?: boolean }) {
	const w = useT(learnTexts);
	const settings = useSettings((s) => s.settings);
	const model = useEngine((s) => s.model);
	const most = Math.min(MOST_RANK, rankLimit(model, settings) ?? MOST_RANK);
	return (
		<Slider
			label={w("rank")}
			value={Math.min(most, settings.r)}
			min={1}
			max={most}
			disabled={disabled}
			onChange={(rank) => editField("r", String(rank))}
		/>
	);
}
