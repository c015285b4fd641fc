// Details of a run in the table: name, tags, note, error, and its answers during training.
import { useId } from "react";
import type { RunPatch, RunRecord } from "../../../src/engine/api.ts";
import { useT } from "../../i18n/index.ts";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { Filmstrip } from "../../ui/Filmstrip.tsx";
import { Input, Textarea } from "../../ui/Input.tsx";

export function RunDetails({ run, onChange }: { run: RunRecord; onChange(patch: RunPatch): void }) {
	const t = useT();
	const id = useId();
	return (
		<div className="grid grid-cols-[max-content_minmax(0,1fr)] items-center gap-x-3 gap-y-2 rounded-lg bg-muted p-2 whitespace-normal [&>[role=alert]]:col-span-full [&>ol]:col-span-full [&_input]:max-w-120 [&_textarea]:max-w-120">
			<label htmlFor={`${id}name`}>{t("runs.name")}</label>
			<Input
				id={`${id}name`}
				defaultValue={run.name}
				onBlur={({ target }) => target.value.trim() !== "" && onChange({ name: target.value.trim() })}
			/>
			<label htmlFor={`${id}tags`}>{t("runs.tags")}</label>
			<Input
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
			<Textarea
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
