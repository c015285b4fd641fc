// Rows as the model reads them: trained tokens tinted and underlined, the rest grey, what a cut takes greyed behind a
// line. One card for all tokens tells the id of the one under the pointer or the arrow keys.

import { memo, useCallback, useState } from "react";
import { useT } from "../i18n/index.ts";
import { count } from "../lib/format.ts";
import { useData } from "../stores/data.ts";
import { Button } from "../ui/Button.tsx";
import { DataTokens, type ShownToken, TokenCard } from "./DataTokens.tsx";

const AT_FIRST = 4;
const STEP = 10;

export const DataPreview = memo(function DataPreview() {
	const t = useT();
	const preview = useData((s) => s.info?.preview);
	const maxLength = useData((s) => s.info?.lengths.max_length ?? 0);
	const failed = useData((s) => s.status === "failed" || s.status === "empty");
	const [shown, setShown] = useState(AT_FIRST);
	const [token, setToken] = useState<ShownToken | null>(null);
	const show = useCallback((next: ShownToken | null) => setToken(next), []);
	if (failed) return null;
	const rest = preview === undefined ? 0 : Math.min(preview.length - shown, STEP);
	return (
		<div className="preview">
			<h3>
				{t("data.preview")}{" "}
				<span className="legend">
					<span className="token trained">{t("data.legendTrained")}</span>{" "}
					<span className="token masked">{t("data.legendMasked")}</span>
				</span>
			</h3>
			<ol className="preview-rows" onScroll={() => setToken(null)}>
				{preview?.slice(0, shown).map((row) => (
					<li key={row.index}>
						<span className="row-number num" title={t("data.rowNumber", { n: row.index + 1 })}>
							{row.index + 1}
						</span>
						<div>
							{row.heldOut && <span className="tag">{t("data.heldOutBadge")}</span>}
							<DataTokens
								row={row}
								cut={row.truncated ? t("data.cut", { max: count(maxLength), n: count(row.cutCount) }) : null}
								onShow={show}
							/>
						</div>
					</li>
				))}
			</ol>
			{rest > 0 && (
				<Button kind="quiet" onClick={() => setShown(shown + STEP)}>
					{t("data.more", { n: rest })}
				</Button>
			)}
			{token !== null && <TokenCard shown={token} />}
		</div>
	);
});
