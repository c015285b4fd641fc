// One setting: label, control by its kind in fields.ts, its field name, one sentence, and what is wrong.
// While someone types, the text is theirs; the store gets every readable text, the field is tidied on leaving.

import { cx } from "class-variance-authority";
import { Fragment, useId, useState } from "react";
import { type Translate, useT } from "../../i18n/index.ts";
import { Input, Select } from "../../ui/Input.tsx";
import { docsLink } from "./docs-links.ts";
import { FIELDS, type Field, type FieldName, type Problem } from "./fields.ts";
import { editField, fieldText, useSettings } from "./store.ts";

interface Props {
	name: FieldName;
	/** A text box instead of a spin button: for numbers written as 2e-4. */
	asText?: boolean;
	/** Shows the sentence and the field name. */
	explained?: boolean;
}

function useProblemText(problem: Problem | undefined): string | null {
	const t = useT();
	if (problem === undefined) return null;
	switch (problem.kind) {
		case "range":
			return t("invalid.range", { min: problem.min, max: problem.max });
		case "above":
			return t("invalid.above", { min: problem.min });
		case "atLeast":
			return t("invalid.atLeast", { min: problem.min });
		case "object":
			return t("invalid.object", { example: '{"q_proj": 4}' });
		default:
			return t(`invalid.${problem.kind}`);
	}
}

/** The values that a number may have. */
function rangeText({ min, max, open }: Pick<Field<unknown>, "min" | "max" | "open">, t: Translate): string {
	if (min === undefined) return "";
	if (open === true) return t("invalid.above", { min });
	return max === undefined ? t("invalid.atLeast", { min }) : t("invalid.range", { min, max });
}

export function SettingField({ name, asText = false, explained = false }: Props) {
	const t = useT();
	const id = useId();
	const field = FIELDS[name];
	const stored = useSettings((s) => fieldText(s, name));
	const problem = useProblemText(useSettings((s) => s.drafts[name]?.problem));
	const alphaFollows = useSettings((s) => s.alphaFollows);
	const [typed, setTyped] = useState<string | null>(null);

	const edit = (text: string) => {
		setTyped(text);
		editField(name, text);
	};
	const help = [
		explained ? t(`help.${name}`) : "",
		explained && field.control !== "check" ? rangeText(field, t) : "",
		name === "lora_alpha" && alphaFollows ? t("settings.alphaFollows") : "",
	]
		.filter((s) => s !== "")
		.join(" ");
	const described = [help !== "" ? `${id}-help` : "", problem !== null ? `${id}-problem` : ""]
		.filter((s) => s !== "")
		.join(" ");
	const common = {
		id,
		"aria-invalid": problem !== null,
		"aria-describedby": described === "" ? undefined : described,
	};
	const control =
		field.control === "check" ? (
			<Input
				{...common}
				type="checkbox"
				checked={stored === "true"}
				onChange={(e) => editField(name, String(e.target.checked))}
			/>
		) : field.control === "select" ? (
			<Select {...common} className="w-38 flex-none" value={stored} onChange={(e) => editField(name, e.target.value)}>
				{field.options?.map((option) => (
					<option key={option}>{option}</option>
				))}
			</Select>
		) : (
			<Input
				{...common}
				type={asText || field.control === "text" ? "text" : "number"}
				inputMode={field.control === "text" ? undefined : "decimal"}
				className={cx("font-mono", field.control === "text" ? "w-full" : "w-24 flex-none text-right tabular-nums")}
				placeholder={field.control === "text" ? t("settings.unset") : undefined}
				autoComplete="off"
				spellCheck={false}
				min={field.min}
				max={field.max}
				step={field.step ?? "any"}
				value={typed ?? stored}
				onChange={(e) => edit(e.target.value)}
				onBlur={() => setTyped(null)}
			/>
		);
	return (
		<div className="grid gap-0.5">
			<div className={cx("flex items-center gap-x-2 gap-y-1", field.control === "text" && "flex-wrap")}>
				<span className={cx("grid min-w-0 flex-1", field.control === "text" && "basis-full")}>
					<label htmlFor={id} className="text-sm">
						{t(`field.${name}`)}
					</label>
					{explained && (
						<a
							className="w-fit underline decoration-input decoration-dotted"
							href={docsLink(name)}
							target="_blank"
							rel="noreferrer"
							title={t("settings.why")}
						>
							<FieldCode name={name} />
						</a>
					)}
				</span>
				{control}
			</div>
			{problem !== null && (
				<p id={`${id}-problem`} className="problem">
					{problem}
				</p>
			)}
			{help !== "" && (
				<p id={`${id}-help`} className="help">
					{help}
				</p>
			)}
		</div>
	);
}

/** The field's name, breakable after its underscores and nowhere else. */
function FieldCode({ name }: { name: FieldName }) {
	const [first, ...rest] = name.split("_");
	return (
		<code className="text-2xs wrap-anywhere text-muted-foreground">
			{first}
			{rest.map((part) => (
				<Fragment key={part}>
					_<wbr />
					{part}
				</Fragment>
			))}
		</code>
	);
}
