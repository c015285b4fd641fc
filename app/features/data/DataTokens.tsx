// One row's tokens and the tooltip for one of them. The row is a single tab stop; arrow keys move between its tokens.
// Every token is an element, so the cost per token must be small: one listener per row, one tooltip for all rows.

import { cx } from "class-variance-authority";
import { type KeyboardEvent, memo, type PointerEvent, useId, useState } from "react";
import type { DataPreviewRow, DataToken } from "../../../src/engine/api.ts";
import { useT } from "../../i18n/index.ts";

/** A token and its position on the screen. */
export interface ShownToken {
	token: DataToken;
	cut: boolean;
	x: number;
	/** Its upper and lower edges. */
	top: number;
	bottom: number;
}

interface Props {
	row: DataPreviewRow;
	/** The text of the truncation mark; null for a complete row. */
	cut: string | null;
	onShow(shown: ShownToken | null): void;
}

/** A token's key is its index in the row: tokens never move. */
const placed = (tokens: DataToken[], from: number) => tokens.map((token, i) => ({ token, place: from + i }));

const SPACES: Record<string, string> = { " ": "␣", "\n": "↵", "\t": "⇥" };
const visible = (text: string): string => text.replace(/[ \n\t]/g, (space) => SPACES[space]);

/** How the token is used, as a text key. */
const tokenUse = (token: DataToken, cut: boolean) =>
	cut ? "data.tokenIsCut" : token.trained ? "data.tokenIsTrained" : "data.tokenIsRead";

export const DataTokens = memo(function DataTokens({ row, cut, onShow }: Props) {
	const t = useT();
	const id = useId();
	const [at, setAt] = useState<number | null>(null);
	const read = row.tokens.length;
	const all = read + row.cutTokens.length;
	const show = (place: number, element: Element) => {
		const [box] = element.getClientRects();
		const token = place < read ? row.tokens[place] : row.cutTokens[place - read];
		if (box === undefined) return;
		onShow({ token, cut: place >= read, x: box.left + box.width / 2, top: box.top, bottom: box.bottom });
	};
	const moveTo = (place: number) => {
		setAt(place);
		const element = document.getElementById(`${id}-${place}`);
		element?.scrollIntoView({ block: "nearest" });
		if (element !== null) show(place, element);
	};
	const onKeyDown = (event: KeyboardEvent) => {
		const now = at ?? 0;
		const to = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: all - 1 }[event.key];
		if (event.key === "Escape") onShow(null);
		if (to === undefined) return;
		event.preventDefault();
		moveTo(Math.min(all - 1, Math.max(0, to)));
	};
	const onPointerOver = (event: PointerEvent) => {
		if (!(event.target instanceof HTMLElement)) return;
		const place = event.target.dataset.place;
		if (place === undefined) onShow(null);
		else show(Number(place), event.target);
	};
	const about = (token: DataToken, truncated: boolean) =>
		[visible(token.text), t("data.token", { id: token.id }), t(tokenUse(token, truncated))].join(", ");
	const option = ({ token, place }: { token: DataToken; place: number }, kind: string) => (
		<span
			key={place}
			id={`${id}-${place}`}
			role="option"
			tabIndex={-1}
			aria-selected={place === at}
			aria-label={
				place === at ? about(token, place >= read) : token.text.trim() === "" ? visible(token.text) : undefined
			}
			data-place={place}
			className={`token ${kind}`}
		>
			{token.text}
		</span>
	);
	return (
		<div
			role="listbox"
			tabIndex={0}
			dir="auto"
			className="tokens font-mono text-xs leading-[18px] wrap-anywhere whitespace-pre-wrap"
			aria-label={t("data.tokensOf", { n: row.index + 1 })}
			aria-orientation="horizontal"
			aria-activedescendant={at === null ? undefined : `${id}-${at}`}
			onKeyDown={onKeyDown}
			onFocus={(event) => {
				if (event.target === event.currentTarget && event.currentTarget.matches(":focus-visible")) moveTo(at ?? 0);
			}}
			onBlur={() => {
				setAt(null);
				onShow(null);
			}}
			onPointerOver={onPointerOver}
			onPointerLeave={() => onShow(null)}
		>
			{placed(row.tokens, 0).map((entry) => option(entry, entry.token.trained ? "trained" : "masked"))}
			{cut !== null && (
				<span
					className="mt-0.5 block border-t border-dashed border-warning font-sans text-2xs whitespace-normal text-warning"
					role="presentation"
				>
					<span aria-hidden="true">✂ </span>
					{cut}
				</span>
			)}
			{placed(row.cutTokens, read).map((entry) => option(entry, "gone"))}
			{row.cutCount > row.cutTokens.length && row.cutTokens.length > 0 && <span aria-hidden="true"> …</span>}
		</div>
	);
});

export function TokenCard({ shown }: { shown: ShownToken }) {
	const t = useT();
	const { token, cut, x, top, bottom } = shown;
	const below = top < 72;
	// Keeps the tooltip inside the window.
	const left = Math.min(window.innerWidth - 108, Math.max(108, x));
	return (
		<div
			className={cx(
				"token-card pointer-events-none fixed z-30 grid w-max max-w-50 -translate-x-1/2 gap-0.5 rounded-sm border border-input bg-card px-2 py-1 text-xs shadow-[0_2px_8px_var(--veil)] [&_code]:font-semibold [&_code]:wrap-anywhere",
				!below && "-translate-y-full",
			)}
			style={{ left, top: below ? bottom + 4 : top - 4 }}
			aria-hidden="true"
		>
			<code>{visible(token.text)}</code>
			<span className="num">{t("data.token", { id: token.id })}</span>
			<span className="text-muted-foreground">{t(tokenUse(token, cut))}</span>
		</div>
	);
}
