// Asks what the columns of a table mean if their names are ambiguous, and previews the first rows.

import { useId, useMemo, useState } from "react";
import { useT } from "../../i18n/index.ts";
import { count } from "../../lib/format.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { Input, Select } from "../../ui/Input.tsx";
import { answerAsking, cancelAsking } from "./data-files.ts";
import { applyMapping, columnNames, firstReadings, type Mapping, type Reading } from "./mapping.ts";
import { type MappedTable, useData } from "./store.ts";

export function DataMapping() {
	const asking = useData((s) => s.asking);
	// Keyed by the table, so that each starts with its own guess.
	return asking === null ? null : <Ask key={asking.name + asking.table.first.join()} asking={asking} />;
}

function Ask({ asking: { name, table, mapping: guess } }: { asking: MappedTable }) {
	const t = useT();
	const [mapping, setMapping] = useState(guess);
	const set = (part: Partial<Mapping>) => setMapping((before) => ({ ...before, ...part }));
	const names = columnNames(table, mapping.header, (n) => t("data.map.column", { n }));
	const rows = useMemo(() => applyMapping(table, mapping).rows, [table, mapping]);
	const same = mapping.kind === "pair" && mapping.prompt === mapping.answer;
	return (
		<Dialog
			open
			onClose={cancelAsking}
			title={t("data.map.title")}
			description={t("data.map.about", { name })}
			footer={
				<>
					<Button onClick={cancelAsking}>{t("data.map.cancel")}</Button>
					<Button kind="primary" disabled={same || rows === 0} onClick={() => void answerAsking(mapping)}>
						{t("data.map.use", { n: count(rows) })}
					</Button>
				</>
			}
		>
			<div className="grid gap-3">
				<fieldset className="grid gap-1">
					<legend className="mb-1 text-xs font-semibold">{t("data.map.kind")}</legend>
					{(["pair", "text"] as const).map((kind) => (
						<Radio key={kind} group="kind" checked={mapping.kind === kind} onChoose={() => set({ kind })}>
							{t(`data.map.${kind}`)}
						</Radio>
					))}
				</fieldset>
				{mapping.kind === "text" ? (
					<Column
						label={t("data.map.textColumn")}
						names={names}
						value={mapping.text}
						onChoose={(text) => set({ text })}
					/>
				) : (
					<>
						<Column
							first
							label={t("data.map.prompt")}
							names={names}
							value={mapping.prompt}
							onChoose={(prompt) => set({ prompt })}
						/>
						<Column
							label={t("data.map.answer")}
							names={names}
							value={mapping.answer}
							onChoose={(answer) => set({ answer })}
						/>
						<Column
							label={t("data.map.system")}
							none={t("data.map.none")}
							names={names}
							value={mapping.system ?? -1}
							onChoose={(i) => set({ system: i < 0 ? null : i })}
						/>
						{same && <p className="problem">{t("data.map.same")}</p>}
						<fieldset className="grid gap-1">
							<legend className="mb-1 text-xs font-semibold">{t("data.map.shape")}</legend>
							{(["chat", "plain"] as const).map((shape) => (
								<Radio key={shape} group="shape" checked={mapping.shape === shape} onChoose={() => set({ shape })}>
									{t(`data.map.${shape}`)}
								</Radio>
							))}
						</fieldset>
					</>
				)}
				{!table.named && (
					<label className="flex items-center gap-2 text-sm">
						<Input
							type="checkbox"
							checked={mapping.header}
							onChange={(event) => set({ header: event.target.checked })}
						/>
						{t("data.map.header")}
					</label>
				)}
			</div>
			<div className="grid min-w-0 gap-2">
				<h3>{t("data.map.preview")}</h3>
				<ol className="grid gap-2 *:rounded-sm *:border *:p-2 *:text-xs">
					{firstReadings(table, mapping).map(({ place, reading }) => (
						<ReadingItem key={place} reading={reading} />
					))}
				</ol>
				<p className="help">{t("data.map.remember")}</p>
			</div>
		</Dialog>
	);
}

function ReadingItem({ reading }: { reading: Reading }) {
	const t = useT();
	if ("fault" in reading)
		return (
			<li className="text-muted-foreground">
				{t("data.leftOut")} {t(`data.fault.${reading.fault}`)}
			</li>
		);
	if ("text" in reading) return <li className="line-clamp-3 wrap-anywhere whitespace-pre-wrap">{reading.text}</li>;
	return (
		<li>
			{reading.system !== "" && (
				<p className="line-clamp-3 wrap-anywhere whitespace-pre-wrap text-muted-foreground">{reading.system}</p>
			)}
			<p className="line-clamp-3 wrap-anywhere whitespace-pre-wrap text-muted-foreground">{reading.prompt}</p>
			<p className="line-clamp-3 wrap-anywhere whitespace-pre-wrap">
				<span className="token trained">{reading.answer}</span>
			</p>
		</li>
	);
}

interface ColumnProps {
	label: string;
	names: string[];
	value: number;
	/** Label of the option for no column; absent if a column is required. */
	none?: string;
	/** Receives the focus when the dialog opens. */
	first?: boolean;
	onChoose(column: number): void;
}

function Column({ label, names, value, none, first, onChoose }: ColumnProps) {
	const id = useId();
	return (
		<div className="flex items-center gap-2">
			<label htmlFor={id} className="flex-1 text-sm">
				{label}
			</label>
			<Select
				id={id}
				className="w-1/2 flex-none"
				value={value}
				data-autofocus={first === true ? "" : undefined}
				onChange={(event) => onChoose(Number(event.target.value))}
			>
				{none !== undefined && <option value={-1}>{none}</option>}
				{names
					.map((name, column) => ({ name, column }))
					.map(({ name, column }) => (
						<option key={column} value={column}>
							{name}
						</option>
					))}
			</Select>
		</div>
	);
}

function Radio(props: { group: string; checked: boolean; onChoose(): void; children: string }) {
	return (
		<label className="flex items-center gap-2 text-sm">
			<Input type="radio" name={`mapping-${props.group}`} checked={props.checked} onChange={props.onChoose} />
			{props.children}
		</label>
	);
}
