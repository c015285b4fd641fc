// fits / tight / too big: a dot, always with its word, for colour is never the only sign.

import type { CostEstimate } from "../../src/engine/api.ts";
import { useT } from "../i18n/index.ts";

export function FitsBadge({ fits }: { fits: CostEstimate["fits"] }) {
	const t = useT();
	return (
		<span className={`badge ${fits}`}>
			<span aria-hidden="true" className="dot" />
			{t(`settings.${fits}`)}
		</span>
	);
}
