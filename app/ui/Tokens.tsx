// An answer's tokens, coloured by the change of their likelihood after tuning: teal and underlined if more likely, amber and
// dotted if less. Each token's title has the values.

import type { ScoredToken } from "../../src/engine/api.ts";
import { useT } from "../i18n/index.ts";
import { withIndex } from "../lib/with-index.ts";

/** Differences in nats (1 nat is a factor of e); beyond four nothing changes visibly. */
const LEVELS = [0.5, 1.5, 4];

function shade({ base, tuned }: ScoredToken): string {
	const difference = tuned - base;
	const level = LEVELS.filter((from) => Math.abs(difference) >= from).length;
	return level === 0 ? "same" : `${difference > 0 ? "more" : "less"}-${level}`;
}

export function Tokens({ scores }: { scores: readonly ScoredToken[] }) {
	const t = useT();
	const share = (nats: number) => `${(100 * Math.exp(nats)).toPrecision(2)}%`;
	return withIndex(scores).map(({ place, item: token }) => (
		<span
			key={place}
			className={`scored ${shade(token)}`}
			title={t("compare.tokenTitle", { base: share(token.base), tuned: share(token.tuned) })}
		>
			{token.text}
		</span>
	));
}
