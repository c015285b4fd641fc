// Values of settings: validation, and parsing and formatting of the text in a field, a flag or a URL. Everything follows
// the kinds and ranges of settings.ts.
import { closest } from "fastest-levenshtein";
import { isObject } from "./json.ts";
import { isLossType } from "./losses.ts";
import { settingsMessage } from "./messages/index.ts";
import { textOf as englishText, type Message } from "./messages/message.ts";
import { type NumberRange, type RunSettings, SETTINGS, type SettingName, type SettingValues } from "./settings.ts";

/** Why a text is invalid. The page's texts are under `invalid.<kind>`. */
export type Problem =
	| { readonly kind: "number" | "integer" | "list" | "object" | "empty" | "steps" | "boolean" }
	| { readonly kind: "range"; readonly min: number; readonly max: number }
	| { readonly kind: "above" | "atLeast"; readonly min: number };

export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

const LARGEST_INTEGER = 2 ** 31 - 1;
const METHODS = ["lora", "full", "prompt_tuning", "bottleneck"] as const;
/** A way of fine-tuning; the setting `method` names one, or several joined by "+". */
export type Method = (typeof METHODS)[number];
/** Values of init_lora_weights besides true and false; N is a whole number. */
const INITS = ["gaussian", "pissa", "pissa_niter_N"];

const valuesOf = (name: SettingName): SettingValues => SETTINGS[name].values;

/** What is wrong with a value, as a clause after "it": "must be a number over 0"; null when nothing is. */
export function settingProblem(name: SettingName, value: unknown): Message | null {
	const values = valuesOf(name);
	if (values.kind === "methods") return methodProblem(value);
	if (values.kind === "init") return initProblem(value);
	return isAllowed(values, value) ? null : requirement(values);
}

function isAllowed(values: Exclude<SettingValues, { kind: "methods" | "init" }>, value: unknown): boolean {
	switch (values.kind) {
		case "number":
		case "integer":
			return typeof value === "number" && (value === values.special || rangeProblem(values, value) === null);
		case "boolean":
			return typeof value === "boolean";
		case "optional":
			return value === null || values.options.some((option) => option === value);
		case "choice":
			return values.options.some((option) => option === value);
		case "losses":
			return isLossType(value);
		case "numbers":
			return value === null || (isListOf(value, "number") && value.length > 0);
		case "text":
			return value === null || typeof value === "string";
		case "names":
			return value === null || isListOf(value, "string");
		case "indices":
			return value === null || Number.isInteger(value) || isListOf(value, "number");
		case "modules":
			return typeof value === "string" ? value !== "" : isListOf(value, "string") && value.length > 0;
		case "object":
			return isObject(value);
		case "pattern":
			return isObject(value) && Object.values(value).every((v) => typeof v === "number" && Number.isFinite(v) && v > 0);
	}
}

function isListOf(value: unknown, type: "string" | "number"): value is unknown[] {
	return Array.isArray(value) && value.every((item) => typeof item === type);
}

function requirement(values: SettingValues): Message {
	switch (values.kind) {
		case "number":
		case "integer":
			return settingsMessage("must", { range: rangeMessage(values) });
		case "boolean":
			return settingsMessage("boolean");
		case "choice":
		case "init":
		case "methods":
			return settingsMessage("choice", { options: values.options.join(", ") });
		case "optional":
			return settingsMessage("choice", { options: [...values.options, "null"].join(", ") });
		case "losses":
			return settingsMessage("losses", { options: values.options.join(", ") });
		case "text":
			return settingsMessage("text");
		case "names":
			return settingsMessage("strings");
		case "indices":
		case "numbers":
			return settingsMessage("numbers");
		case "modules":
			return settingsMessage("modules");
		case "object":
			return settingsMessage("object");
		case "pattern":
			return settingsMessage("pattern");
	}
}

function rangeMessage({ kind, min, max, open }: NumberRange): Message {
	if (kind === "integer") return settingsMessage("wholeFromTo", { min, max: max ?? LARGEST_INTEGER });
	if (max === undefined) return settingsMessage(open === true ? "over" : "from", { min });
	return settingsMessage(open === true ? "overTo" : "fromTo", { min, max });
}

/** Describes the valid values of a setting in English, for the command's help. */
export function describeValues(name: SettingName): string {
	const values = valuesOf(name);
	if (values.kind === "integer" && values.max === undefined)
		return `a whole number from ${values.min}${values.special === undefined ? "" : `, or ${values.special}`}`;
	return englishText(requirement(values)).replace(/^must be /, "");
}

function methodProblem(value: unknown): Message | null {
	const parts = typeof value === "string" ? value.split("+") : [];
	const known =
		parts.length > 0 &&
		parts.every((part) => METHODS.some((name) => name === part)) &&
		new Set(parts).size === parts.length;
	if (!known) return settingsMessage("methods", { options: METHODS.join(", ") });
	return parts.length > 1 && parts.includes("full") ? settingsMessage("fullAlone") : null;
}

/** The methods that the setting names; LoRA for an older record without it. */
export function methodsOf({ method = "lora" }: { readonly method?: string }): readonly Method[] {
	return method.split("+") as Method[];
}

/** Power iterations that "pissa_niter_N" asks for; null for "pissa"; undefined for any other value. */
export function pissaNiter(init: unknown): number | null | undefined {
	if (init === "pissa") return null;
	const passes = typeof init === "string" ? /^pissa_niter_(\d{1,4})$/.exec(init) : null;
	return passes === null ? undefined : Number(passes[1]);
}

/** What is wrong with a value of init_lora_weights; null when nothing is. */
export function initProblem(init: unknown): Message | null {
	if (typeof init === "boolean" || init === "gaussian") return null;
	if (typeof init !== "string") return settingsMessage("init", { options: INITS.join(", ") });
	if (pissaNiter(init) !== undefined) return null;
	return settingsMessage("initNearest", { options: INITS.join(", "), nearest: closest(init, INITS) });
}

/** What is wrong with a number that is not the `special` value. */
function rangeProblem({ kind, min, max, open }: NumberRange, value: number): Problem | null {
	if (!Number.isFinite(value)) return { kind: kind === "integer" ? "integer" : "number" };
	if (open === true && value <= min) return { kind: "above", min };
	const most = max ?? (kind === "integer" ? LARGEST_INTEGER : Number.POSITIVE_INFINITY);
	if (value < min || value > most)
		return max === undefined && value < min ? { kind: "atLeast", min } : { kind: "range", min, max: most };
	return kind === "integer" && !Number.isInteger(value) ? { kind: "integer" } : null;
}

const bad = (problem: Problem): { ok: false; problem: Problem } => ({ ok: false, problem });
const good = (value: unknown): { ok: true; value: unknown } => ({ ok: true, value });
const words = (text: string): string[] => text.split(/[\s,，]+/).filter((word) => word !== "");

function readValue(values: SettingValues, text: string): Read<unknown> {
	const trimmed = text.trim();
	switch (values.kind) {
		case "number":
		case "integer": {
			const value = trimmed === "" ? Number.NaN : Number(text);
			if (value === values.special) return good(value);
			const problem = rangeProblem(values, value);
			if (problem === null) return good(value);
			return bad(values.special === undefined ? problem : { kind: "steps" });
		}
		case "boolean":
			return /^(true|false)$/i.test(trimmed) ? good(trimmed.toLowerCase() === "true") : bad({ kind: "boolean" });
		case "choice":
		case "methods":
			return values.options.includes(text) ? good(text) : bad({ kind: "empty" });
		case "optional": {
			const value = trimmed === "" ? null : values.options.find((option) => String(option) === trimmed);
			return value === undefined ? bad({ kind: "empty" }) : good(value);
		}
		case "losses": {
			const losses = words(text.replaceAll("+", " ")).join("+");
			return isLossType(losses) ? good(losses) : bad({ kind: "empty" });
		}
		case "init":
			return good(text === "true" ? true : text === "false" ? false : text);
		case "text":
			return good(text === "" ? null : text);
		case "names":
			return good(words(text).length === 0 ? null : words(text));
		case "indices": {
			const list = words(text).map(Number);
			if (list.length === 0) return good(null);
			return list.every((n) => Number.isInteger(n) && n >= 0) ? good(list) : bad({ kind: "list" });
		}
		case "numbers": {
			const list = words(text).map(Number);
			if (list.length === 0) return good(null);
			return list.every(Number.isFinite) ? good(list) : bad({ kind: "number" });
		}
		case "modules":
			// As in PEFT, a list contains suffixes; a single text is "all-linear" or a regular expression.
			if (trimmed === "") return bad({ kind: "empty" });
			return good(trimmed === "all-linear" || /[^\w\s.,，-]/.test(trimmed) ? trimmed : words(trimmed));
		case "object":
		case "pattern":
			return readObject(values, trimmed);
	}
}

/** {"layers.0.self_attn.q_proj": 4}: a JSON object; empty for none. */
function readObject(values: SettingValues & { kind: "pattern" | "object" }, text: string): Read<unknown> {
	if (text === "") return good({});
	try {
		const parsed: unknown = JSON.parse(text);
		return isAllowed(values, parsed) ? good(parsed) : bad({ kind: "object" });
	} catch {
		return bad({ kind: "object" });
	}
}

/** Reads the text of one setting. */
export function readSetting<K extends SettingName>(name: K, text: string): Read<RunSettings[K]> {
	return readValue(valuesOf(name), text) as Read<RunSettings[K]>;
}

/** Reads `text` for one setting into a copy of `settings`. */
export function withText<K extends SettingName>(settings: RunSettings, name: K, text: string): Read<RunSettings> {
	const read = readSetting(name, text);
	return read.ok ? { ok: true, value: { ...settings, [name]: read.value } } : read;
}

/** The text of a value, which `readSetting` reads back. */
export function textOf<K extends SettingName>(settings: RunSettings, name: K): string {
	const value: unknown = settings[name];
	if (value === null) return "";
	if (typeof value === "number") return plainNumber(value);
	if (Array.isArray(value)) return value.join(", ");
	if (typeof value === "object") return Object.keys(value).length === 0 ? "" : JSON.stringify(value);
	return String(value);
}

/** A number as a user would type it: 0.0002 → "2e-4", 0.005 → "0.005", 16 → "16". */
export function plainNumber(n: number): string {
	if (!Number.isFinite(n)) return "";
	if (n !== 0 && Math.abs(n) < 1e-3) return n.toExponential().replace("e-0", "e-");
	return String(n);
}
