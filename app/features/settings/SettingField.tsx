// One setting: label, control, field name, description, and what is wrong with its value.
// While the user types, the field keeps the text; every valid text updates the store, and the field is normalised on blur.

import { cx } from "class-variance-authority";
import { Fragment, useId, useState } from "react";
import type { Problem } from "../../../src/shared/setting-values.ts";
import { SETTINGS, type Setting, type SettingName, type SettingValues } from "../../../src/shared/settings.ts";
import { type Translate, useT } from "../../i18n/index.ts";
import { Input, Select } from "../../ui/Input.tsx";
import { useEngine } from "../model/store.ts";
import { docsLink } from "./docs-links.ts";
import { editField, fieldText, rankProblem, useSettings } from "./store.ts";

interface Props {
	name: SettingName;
	/** A text box instead of a spin button, for numbers such as 2e-4. */
	asText?: boolean;
	/** Shows the description and the field name. */
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

/** The range of a number; "" for other kinds and for numbers with a special value, whose description states it. */
function rangeText(values: SettingValues, t: Translate): string {
	if ((values.kind !== "number" && values.kind !== "integer") || values.special !== undefined) return "";
	const { min, max, open } = values;
	if (open === true) return t("invalid.above", { min });
	return max === undefined ? t("invalid.atLeast", { min }) : t("invalid.range", { min, max });
}

export function SettingField({ name, asText = false, explained = false }: Props) {
	const t = useT();
	const id = useId();
	const { values }: Setting<unknown> = SETTINGS[name];
	const numeric = values.kind === "number" || values.kind === "integer" ? values : null;
	const isText = numeric === null && values.kind !== "boolean" && !("options" in values);
	const link = docsLink(name);
	const stored = useSettings((s) => fieldText(s, name));
	const draft = useSettings((s) => s.drafts[name]?.problem);
	const ofRank = useSettings((s) => (name === "r" ? s.settings : null));
	useEngine((s) => s.model); // which limits the rank
	const problem = useProblemText(draft ?? (ofRank === null ? undefined : (rankProblem(ofRank) ?? undefined)));
	const alphaFollows = useSettings((s) => s.alphaFollows);
	const [typed, setTyped] = useState<string | null>(null);

	const edit = (text: string) => {
		setTyped(text);
		editField(name, text);
	};
	const help = [
		explained ? t(`help.${name}`) : "",
		explained ? rangeText(values, t) : "",
		name === "lora_alpha" && alphaFollows ? t("settings.alphaFollows") : "",
	]
		.filter((s) => s !== "")
		.join(" ")
		.replaceAll("。 ", "。");
	const described = [help !== "" ? `${id}-help` : "", problem !== null ? `${id}-problem` : ""]
		.filter((s) => s !== "")
		.join(" ");
	const common = {
		id,
		"aria-invalid": problem !== null,
		"aria-describedby": described === "" ? undefined : described,
	};
	const control =
		values.kind === "boolean" ? (
			<Input
				{...common}
				type="checkbox"
				checked={stored === "true"}
				onChange={(e) => editField(name, String(e.target.checked))}
			/>
		) : values.kind === "optional" ? (
			<Select {...common} className="w-38 flex-none" value={stored} onChange={(e) => editField(name, e.target.value)}>
				{["", ...values.options.map(String)].map((option) => (
					<option key={option} value={option}>
						{option === "" ? t("settings.unset") : option}
					</option>
				))}
			</Select>
		) : "options" in values ? (
			<Select {...common} className="w-38 flex-none" value={stored} onChange={(e) => editField(name, e.target.value)}>
				{values.kind === "losses" && !values.options.includes(stored) && <option>{stored}</option>}
				{values.options.map((option) => (
					<option key={option}>{option}</option>
				))}
			</Select>
		) : (
			<Input
				{...common}
				type={asText || isText ? "text" : "number"}
				inputMode={isText ? undefined : "decimal"}
				className={cx("font-mono", isText ? "w-full" : "w-24 flex-none text-right tabular-nums")}
				placeholder={isText ? t("settings.unset") : undefined}
				autoComplete="off"
				spellCheck={false}
				min={numeric?.special ?? numeric?.min}
				max={numeric?.max}
				step={numeric?.step ?? (numeric?.kind === "integer" ? 1 : "any")}
				value={typed ?? stored}
				onChange={(e) => edit(e.target.value)}
				onBlur={() => setTyped(null)}
			/>
		);
	return (
		<div className="grid gap-0.5">
			<div className={cx("flex items-center gap-x-2 gap-y-1", isText && "flex-wrap")}>
				<span className={cx("grid min-w-0 flex-1", isText && "basis-full")}>
					<label htmlFor={id} className="text-sm">
						{t(`field.${name}`)}
					</label>
					{explained && link === null && <FieldCode name={name} />}
					{explained && link !== null && (
						<a
							className="w-fit underline decoration-input decoration-dotted"
							href={link}
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

/** The field's name, breakable only after underscores. */
function FieldCode({ name }: { name: SettingName }) {
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
