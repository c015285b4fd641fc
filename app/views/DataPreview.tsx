// Rows as the model reads them: trained tokens tinted and underlined, the rest grey; a token's id on hover; a
// mark where a row was cut. Few rows at a time, for every token is an element.

import { memo, useState } from "react";
import type { DataPreviewRow, DataToken } from "../../src/engine/api.ts";
import { useT } from "../i18n/index.ts";
import { useData } from "../stores/data.ts";
import { Button } from "../ui/Button.tsx";

const AT_FIRST = 3;

export const DataPreview = memo(function DataPreview() {
	const t = useT();
	const preview = useData((s) => s.info?.preview);
	const [shown, setShown] = useState(AT_FIRST);
	const failed = useData((s) => s.status === "failed" || s.status === "empty");
	if (failed) return null;
	const rest = preview === undefined ? 0 : Math.min(preview.length - shown, 10);
	return (
		<div className="preview">
			<h3>
				{t("data.preview")}{" "}
				<span className="legend">
					<span className="token trained">{t("data.legendTrained")}</span>{" "}
					<span className="token masked">{t("data.legendMasked")}</span>
				</span>
			</h3>
			<ol className="preview-rows">
				{preview?.slice(0, shown).map((row) => (
					<Row key={row.index} row={row} label={t("data.rowNumber", { n: row.index + 1 })} cut={t("data.cut")} />
				))}
			</ol>
			{rest > 0 && (
				<Button kind="quiet" onClick={() => setShown(shown + 10)}>
					{t("data.more", { n: rest })}
				</Button>
			)}
		</div>
	);
});

/** Tokens have no identity but their place in the row, and never move. */
function placed(tokens: DataToken[]): { place: number; token: DataToken }[] {
	return tokens.map((token, place) => ({ place, token }));
}

const Row = memo(function Row({ row, label, cut }: { row: DataPreviewRow; label: string; cut: string }) {
	const t = useT();
	return (
		<li>
			<span className="row-number num" title={label}>
				{row.index + 1}
			</span>
			<p className="tokens">
				{placed(row.tokens).map(({ place, token }) => (
					<span
						key={place}
						className={token.trained ? "token trained" : "token masked"}
						title={t("data.token", { id: token.id })}
					>
						{token.text}
					</span>
				))}
			</p>
			{row.truncated && (
				<p className="cut">
					<span aria-hidden="true">✂ </span>
					{cut}
				</p>
			)}
		</li>
	);
});
