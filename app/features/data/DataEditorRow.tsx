// One row of the editor: its fields as text boxes that grow with their text, and buttons to duplicate and delete it.
// Re-rendered only when the row itself changes.

import { cx } from "class-variance-authority";
import { Copy, ThumbsDown, ThumbsUp, Trash2 } from "lucide-react";
import { memo } from "react";
import { useT } from "../../i18n/index.ts";
import { Button } from "../../ui/Button.tsx";
import { Textarea } from "../../ui/Input.tsx";
import { change } from "./editor-store.ts";
import { isJson, type OwnRow } from "./own-rows.ts";
import { duplicateRow, editRow, type RowField, removeRow } from "./row-history.ts";

interface Props {
	row: OwnRow;
	/** Index in the whole list, from 0. */
	place: number;
	/** Whether any row has a system text; if so, every row shows the field. */
	systems: boolean;
}

export const DataEditorRow = memo(function DataEditorRow({ row, place, systems }: Props) {
	const t = useT();
	const n = place + 1;
	const field = (name: RowField, text: string) => (
		<Box
			name={t(`data.edit.${name}`)}
			label={t("data.edit.field", { field: t(`data.edit.${name}`), n })}
			text={text}
			code={name === "json"}
			onText={(now) => change((history) => editRow(history, row.id, { [name]: now }, performance.now()))}
		/>
	);
	return (
		<li
			className="grid grid-cols-[20px_minmax(0,1fr)_auto] gap-x-2 border-b pb-2 md:grid-cols-[32px_minmax(0,1fr)_auto]"
			data-row={row.id}
		>
			<span className="row-number num pt-5.5 text-right text-2xs leading-[18px] text-muted-foreground">{n}</span>
			<div
				className={cx(
					"grid items-start gap-2 md:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]",
					row.kind === "pair" ? "has-[>:nth-child(3)]:[&>:first-child]:col-span-full" : "*:col-span-full",
				)}
			>
				{row.kind === "pair" && (
					<>
						{(systems || row.system !== "") && field("system", row.system)}
						{field("prompt", row.prompt)}
						{field("answer", row.answer)}
					</>
				)}
				{row.kind === "text" && field("text", row.text)}
				{row.kind === "raw" && (
					<>
						{field("json", row.json)}
						<p className={isJson(row.json) ? "help" : "problem"}>
							{t(isJson(row.json) ? "data.edit.rawHelp" : "data.edit.notJson")}
						</p>
					</>
				)}
			</div>
			<div className={cx("grid content-start pt-4", row.kind === "pair" && row.rating !== null && "grid-cols-2")}>
				{row.kind === "pair" &&
					row.rating !== null &&
					([true, false] as const).map((rating) => (
						<Button
							key={String(rating)}
							kind="quiet"
							icon
							className="aria-pressed:text-primary"
							aria-pressed={row.rating === rating}
							aria-label={t(rating ? "data.edit.good" : "data.edit.bad", { n })}
							title={t(rating ? "data.edit.good" : "data.edit.bad", { n })}
							onClick={() => change((history) => editRow(history, row.id, { rating }, performance.now()))}
						>
							<Thumb good={rating} filled={row.rating === rating} />
						</Button>
					))}
				<Button
					kind="quiet"
					icon
					aria-label={t("data.edit.duplicate", { n })}
					title={t("data.edit.duplicate", { n })}
					onClick={() =>
						change(
							(history) => duplicateRow(history, row.id),
							(history) => history.nextId - 1,
						)
					}
				>
					<Copy size={14} aria-hidden="true" />
				</Button>
				<Button
					kind="quiet"
					icon
					data-delete=""
					aria-label={t("data.edit.delete", { n })}
					title={t("data.edit.delete", { n })}
					onClick={() =>
						change(
							(history) => removeRow(history, row.id),
							// Focuses the row that takes its place, so that the focus is not lost.
							({ rows }) => (rows[place] ?? rows.at(-1))?.id ?? null,
							"delete",
						)
					}
				>
					<Trash2 size={14} aria-hidden="true" />
				</Button>
			</div>
		</li>
	);
});

function Thumb({ good, filled }: { good: boolean; filled: boolean }) {
	const Icon = good ? ThumbsUp : ThumbsDown;
	return <Icon size={14} aria-hidden="true" fill={filled ? "currentColor" : "none"} />;
}

interface BoxProps {
	name: string;
	label: string;
	text: string;
	code: boolean;
	onText(text: string): void;
}

function Box({ name, label, text, code, onText }: BoxProps) {
	return (
		<div>
			<span className="block text-2xs text-muted-foreground" aria-hidden="true">
				{name}
			</span>
			<Textarea
				// Fallback for browsers without field-sizing: one line per line of text.
				rows={Math.min(8, Math.max(2, text.split("\n").length))}
				className={cx(
					"max-h-60 min-h-12 resize-none text-sm leading-[18px] [field-sizing:content]",
					code && "font-mono text-xs leading-4",
				)}
				aria-label={label}
				spellCheck={false}
				dir={code ? undefined : "auto"}
				value={text}
				onChange={(event) => onText(event.target.value)}
			/>
		</div>
	);
}
