// fits / tight / too big: a coloured dot, always with its word.

import { cva } from "class-variance-authority";
import type { CostEstimate } from "../../src/engine/api.ts";
import { useT } from "../i18n/index.ts";

const badgeStyle = cva("inline-flex items-center gap-1 font-sans text-xs", {
	variants: { fits: { fits: "text-success", tight: "text-warning", "too-big": "text-destructive" } },
});

export function FitsBadge({ fits }: { fits: CostEstimate["fits"] }) {
	const t = useT();
	return (
		<span className={badgeStyle({ fits })}>
			<span aria-hidden="true" className="size-2 rounded-full bg-current" />
			{t(`settings.${fits}`)}
		</span>
	);
}
