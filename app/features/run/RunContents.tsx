// The rows and settings of a stored run.

import { useEffect, useState } from "react";
import type { ErrorInfo, RunRecord } from "../../../src/engine/api.ts";
import { textOf } from "../../../src/shared/setting-values.ts";
import { DEFAULT_SETTINGS, SETTING_NAMES, type SettingName } from "../../../src/shared/settings.ts";
import { toErrorInfo } from "../../engine.ts";
import { useT } from "../../i18n/index.ts";
import { count } from "../../lib/format.ts";
import { withIndex } from "../../lib/with-index.ts";
import { Button } from "../../ui/Button.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { Table } from "../../ui/Table.tsx";
import { useEngine } from "../model/store.ts";
import { downloadEventFile } from "./event-file.ts";
import { resultTexts } from "./result-texts.ts";
import { adoptRun } from "./runs-actions.ts";

const ALWAYS: readonly SettingName[] = ["r", "max_steps", "learning_rate"];
/** The number of rows shown. */
const SHOWN = 5;

export function RunContents({ run }: { run: RunRecord }) {
	const w = useT(resultTexts);
	const [rows, setRows] = useState<string[] | null>(null);
	const [error, setError] = useState<ErrorInfo | null>(null);
	const { settings, data, model } = run;
	useEffect(() => {
		const { api } = useEngine.getState();
		if (api === null) return;
		api
			.runData(run.id)
			.then((source) => api.editableRows(source))
			.then((lines) => setRows(lines.split("\n").slice(0, SHOWN)))
			.catch((thrown: unknown) => setError(toErrorInfo(thrown)));
	}, [run.id]);
	const names = SETTING_NAMES.filter(
		(name) => ALWAYS.includes(name) || textOf(settings, name) !== textOf(DEFAULT_SETTINGS, name),
	);
	return (
		<div className="grid gap-2">
			<p className="help wrap-anywhere">
				{w("trainedOn", {
					data: data.name,
					rows: count(data.rows),
					heldOut: count(data.heldOutRows),
					model: model.name,
				})}
			</p>
			{error !== null && <ErrorNote error={error} />}
			{rows !== null && (
				<>
					<ol className="grid gap-1 text-xs wrap-anywhere">
						{withIndex(rows).map(({ place, item }) => (
							<li key={place} dir="auto" className="line-clamp-2 text-muted-foreground">
								{readable(item)}
							</li>
						))}
					</ol>
					<Button className="justify-self-start" onClick={() => void adoptRun(run)}>
						{w("adopt")}
					</Button>
				</>
			)}
			{run.steps.length > 0 && (
				<Button className="justify-self-start" onClick={() => downloadEventFile(run)}>
					{w("events")}
				</Button>
			)}
			<Table>
				<tbody>
					{names.map((name) => (
						<tr key={name}>
							<th scope="row">
								<code>{name}</code>
							</th>
							<td className="num">{textOf(settings, name) || "—"}</td>
						</tr>
					))}
				</tbody>
			</Table>
		</div>
	);
}

/** The texts of a row without its field names. */
function readable(line: string): string {
	try {
		return textsIn(JSON.parse(line)).join(" → ");
	} catch {
		return line;
	}
}

function textsIn(value: unknown): string[] {
	if (typeof value === "string") return [value];
	if (Array.isArray(value)) return value.flatMap(textsIn);
	if (typeof value !== "object" || value === null) return [];
	const turn = value as { role?: unknown; content?: unknown };
	return turn.role === undefined ? Object.values(value).flatMap(textsIn) : textsIn(turn.content);
}
