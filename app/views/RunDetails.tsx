// What unfolds under a run of the table: the person's name, tags and note for it, its error, and what it answered as it learnt.
import { useId } from "react";
import type { RunPatch, RunRecord } from "../../src/engine/api.ts";
import { useT } from "../i18n/index.ts";
import { ErrorNote } from "../ui/ErrorNote.tsx";
import { Filmstrip } from "../ui/Filmstrip.tsx";

export function RunDetails({ run, onChange }: { run: RunRecord; onChange(patch: RunPatch): void }) {
	const t = useT();
	const id = useId();
	return (
		<div className="run-details">
			<label htmlFor={`${id}name`}>{t("runs.name")}</label>
			<input
				id={`${id}name`}
				defaultValue={run.name}
				onBlur={({ target }) => target.value.trim() !== "" && onChange({ name: target.value.trim() })}
			/>
			<label htmlFor={`${id}tags`}>{t("runs.tags")}</label>
			<input
				id={`${id}tags`}
				defaultValue={run.tags.join(", ")}
				placeholder={t("runs.tagsHelp")}
				onBlur={({ target }) =>
					onChange({
						tags: target.value
							.split(/[,，]/)
							.map((tag) => tag.trim())
							.filter((tag) => tag !== ""),
					})
				}
			/>
			<label htmlFor={`${id}note`}>{t("runs.note")}</label>
			<textarea
				id={`${id}note`}
				rows={2}
				defaultValue={run.note}
				onBlur={({ target }) => onChange({ note: target.value })}
			/>
			{run.error !== null && <ErrorNote error={run.error} />}
			{run.samples.length > 0 && <Filmstrip samples={run.samples} />}
		</div>
	);
}
