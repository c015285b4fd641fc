// Asks which column is what when the names of the columns leave a doubt, and shows the first rows as they would be read.

import { useId, useState } from "react";
import { type ColumnMapping, columnNames, firstMapped, type MappedCells } from "../../../src/shared/data-shapes.ts";
import { useT } from "../../i18n/index.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { Input, Select } from "../../ui/Input.tsx";
import { answerAsking, cancelAsking } from "./data-files.ts";
import { type DataState, useData } from "./store.ts";

export function DataMapping() {
	const asking = useData((s) => s.asking);
	if (asking?.source.mapping === undefined) return null;
	// The key gives each table a dialog with its own suggestion.
	const key = asking.source.name + asking.columns.names.join();
	return <Ask key={key} asking={asking} suggestion={asking.source.mapping} />;
}

function Ask({ asking, suggestion }: { asking: NonNullable<DataState["asking"]>; suggestion: ColumnMapping }) {
	const t = useT();
	const { source, columns } = asking;
	const [mapping, setMapping] = useState(suggestion);
	const set = (part: Partial<ColumnMapping>) => setMapping((before) => ({ ...before, ...part }));
	const names = columnNames(columns, mapping.header, (n) => t("data.map.column", { n }));
	const same = mapping.kind === "pair" && mapping.prompt === mapping.answer;
	return (
		<Dialog
			open
			onClose={cancelAsking}
			title={t("data.map.title")}
			description={t("data.map.about", { name: source.name })}
			footer={
				<>
					<Button onClick={cancelAsking}>{t("data.map.cancel")}</Button>
					<Button kind="primary" disabled={same} onClick={() => void answerAsking(mapping)}>
						{t("data.map.use")}
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
				{!columns.named && (
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
					{firstMapped(columns, mapping).map(({ place, mapped }) => (
						<MappedRecord key={place} mapped={mapped} />
					))}
				</ol>
				<p className="help">{t("data.map.remember")}</p>
			</div>
		</Dialog>
	);
}

function MappedRecord({ mapped }: { mapped: MappedCells }) {
	const t = useT();
	if ("fault" in mapped)
		return (
			<li className="text-muted-foreground">
				{t("data.leftOut")} {t(`data.fault.${mapped.fault}`)}
			</li>
		);
	if ("text" in mapped)
		return (
			<li dir="auto" className="line-clamp-3 wrap-anywhere whitespace-pre-wrap">
				{mapped.text}
			</li>
		);
	return (
		<li>
			{mapped.system !== "" && (
				<p dir="auto" className="line-clamp-3 wrap-anywhere whitespace-pre-wrap text-muted-foreground">
					{mapped.system}
				</p>
			)}
			<p dir="auto" className="line-clamp-3 wrap-anywhere whitespace-pre-wrap text-muted-foreground">
				{mapped.prompt}
			</p>
			<p dir="auto" className="line-clamp-3 wrap-anywhere whitespace-pre-wrap">
				<span className="token trained">{mapped.answer}</span>
			</p>
		</li>
	);
}

interface ColumnProps {
	label: string;
	names: string[];
	value: number;
	/** The label of the choice "no column"; without it a column has to be chosen. */
	none?: string;
	/** Gets the focus when the dialog opens. */
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
