// Rows as the model reads them: trained tokens tinted and underlined, context grey, truncated tokens greyed after a line.
// One shared tooltip shows the id of the token under the pointer or the arrow keys.

import { memo, useCallback, useState } from "react";
import { useT } from "../../i18n/index.ts";
import { count } from "../../lib/format.ts";
import { Button } from "../../ui/Button.tsx";
import { DataTokens, type ShownToken, TokenCard } from "./DataTokens.tsx";
import { useData } from "./store.ts";

const AT_FIRST = 4;
const STEP = 10;

export const DataPreview = memo(function DataPreview() {
	const t = useT();
	const preview = useData((s) => s.info?.preview);
	const all = useData((s) => (s.info === null ? 0 : s.info.rows + s.info.heldOutRows));
	const maxLength = useData((s) => s.info?.lengths.max_length ?? 0);
	const failed = useData((s) => s.status === "failed" || s.status === "empty");
	const [shown, setShown] = useState(AT_FIRST);
	const [token, setToken] = useState<ShownToken | null>(null);
	const show = useCallback((next: ShownToken | null) => setToken(next), []);
	if (failed) return null;
	const rest = preview === undefined ? 0 : Math.min(preview.length - shown, STEP);
	return (
		// Beside other columns it fills the panel, and its rows do not make the panel taller.
		<div className="grid h-100 content-start grid-rows-[auto_minmax(0,auto)_auto] gap-2 md:h-auto md:min-h-60 md:[contain:size]">
			<h3 className="flex flex-wrap justify-between gap-x-2 gap-y-1">
				{t("data.preview")}{" "}
				<span className="font-normal">
					<span className="token trained">{t("data.legendTrained")}</span>{" "}
					<span className="token masked">{t("data.legendMasked")}</span>
				</span>
			</h3>
			<ol
				className="-m-0.75 grid content-start gap-3 overflow-y-auto p-0.75 pb-4 [mask-image:linear-gradient(to_bottom,#000_calc(100%-16px),transparent)]"
				onScroll={() => setToken(null)}
			>
				{preview?.slice(0, shown).map((row) => (
					<li key={`${row.index} ${row.side}`} className="grid grid-cols-[20px_minmax(0,1fr)] gap-1">
						<span
							className="row-number num text-2xs leading-[18px] text-muted-foreground"
							title={t("data.rowNumber", { n: row.index + 1 })}
						>
							{row.index + 1}
						</span>
						<div>
							{row.side !== undefined && <Badge>{t(`data.${row.side}`)}</Badge>}
							{row.heldOut && <Badge>{t("data.heldOutBadge")}</Badge>}
							<DataTokens
								row={row}
								cut={row.truncated ? t("data.cut", { max: count(maxLength), n: count(row.cutCount) }) : null}
								onShow={show}
							/>
						</div>
					</li>
				))}
			</ol>
			{rest > 0 ? (
				<Button kind="link" onClick={() => setShown(shown + STEP)}>
					{t("data.more", { n: rest })}
				</Button>
			) : (
				preview !== undefined &&
				preview.length < all && (
					<p className="help">{t("data.edit.found", { n: count(preview.length), all: count(all) })}</p>
				)
			)}
			{token !== null && <TokenCard shown={token} />}
		</div>
	);
});

function Badge({ children }: { children: string }) {
	return (
		<span className="mr-1 inline-block rounded-sm border border-input px-1 text-2xs leading-[14px] text-muted-foreground">
			{children}
		</span>
	);
}
