// Parses the arguments of one command: its own options, and settings by their TRL/PEFT names as flags or in the file of
// --config.
import { readFile } from "node:fs/promises";
import { closest } from "fastest-levenshtein";
import type { RunSettings } from "../engine/api.ts";
import { TabTuneError } from "../engine/errors.ts";
import { resolveSettings } from "../engine/train/settings.ts";
import { DEFAULT_SETTINGS, SETTING_NAMES } from "../shared/settings.ts";

/** The type of value an option takes. */
export type OptionKind = "text" | "number" | "flag";

export interface ParsedArgs {
	readonly command: string;
	readonly positional: readonly string[];
	readonly options: ReadonlyMap<string, string | number | boolean>;
	/** Settings given as flags, in snake_case. */
	readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * Parses one command's arguments.
 * @param known options specific to the command, without dashes; training settings are accepted when `settings` is true.
 * A flag is written `--name`, `--name true|false` (any case), `--name=true|false` or `--no-name`.
 * @param words how many arguments without dashes the command takes.
 * @throws TabTuneError "usage" for an unknown option (with the nearest one), a missing or wrong value, or a stray word.
 */
export function parseArgs(
	command: string,
	argv: readonly string[],
	known: Readonly<Record<string, OptionKind>>,
	settings: boolean,
	words = 0,
): ParsedArgs {
	const settingFlags = settings
		? new Map(SETTING_NAMES.map((name) => [name.replaceAll("_", "-"), name]))
		: new Map<string, keyof RunSettings>();
	const options = new Map<string, string | number | boolean>();
	const given: Record<string, unknown> = {};
	const positional: string[] = [];
	for (let i = 0; i < argv.length; i++) {
		const word = argv[i];
		if (!word.startsWith("--")) {
			if (positional.length === words) throw strayWord(command, word, [...Object.keys(known), ...settingFlags.keys()]);
			positional.push(word);
			continue;
		}
		const [flag, inline] = splitOnce(word.slice(2), "=");
		const kindOf = (name: string): OptionKind | undefined => {
			const setting = settingFlags.get(name);
			return known[name] ?? (setting === undefined ? undefined : settingKind(setting));
		};
		const written = flag.replaceAll("_", "-");
		const negated = kindOf(written) === undefined && written.startsWith("no-") && kindOf(written.slice(3)) === "flag";
		const name = negated ? written.slice(3) : written;
		const setting = settingFlags.get(name);
		const kind = kindOf(name);
		if (kind === undefined) {
			const names = [...Object.keys(known), ...settingFlags.keys()];
			throw new TabTuneError("usage", {
				what: `unknown option --${flag}`,
				where: `tabtune ${command}`,
				next: names.length === 0 ? "it takes no options" : `did you mean --${closest(name, names)}?`,
			});
		}
		if (negated && inline !== undefined) {
			throw new TabTuneError("usage", {
				what: `--${flag} takes no value`,
				where: `tabtune ${command}`,
				next: `write --${flag}, or --${name} true|false`,
			});
		}
		let text = negated ? "false" : inline;
		if (text === undefined) {
			const following = argv[i + 1];
			if (kind === "flag") {
				// A word that follows a flag is its value; the last words of a command that takes words are not.
				if (following === undefined || following.startsWith("--") || (words > 0 && !isBoolean(following)))
					text = "true";
				else {
					text = following;
					i++;
				}
			} else {
				if (following === undefined || (following.startsWith("--") && following.length > 2)) {
					throw new TabTuneError("usage", {
						what: `--${flag} needs a value`,
						where: `tabtune ${command}`,
						next: `write --${flag} VALUE`,
					});
				}
				text = following;
				i++;
			}
		}
		if (kind === "flag") text = String(toBoolean(name, text));
		if (setting !== undefined && known[name] === undefined) given[setting] = settingValue(setting, text);
		else options.set(name, kind === "flag" ? text === "true" : kind === "number" ? toNumber(flag, text) : text);
	}
	return { command, positional, options, settings: given };
}

/**
 * The resolved settings: flags override the `--config` file, which overrides the defaults.
 * @param fixed settings that override all of these: training that continues from an adapter keeps its configuration.
 */
export async function settingsOf(
	args: ParsedArgs,
	fixed: Readonly<Record<string, unknown>> = {},
): Promise<RunSettings> {
	const path = args.options.get("config");
	const file = path === undefined ? {} : await readConfig(String(path));
	return resolveSettings(
		{ ...file, ...args.settings, ...fixed },
		path === undefined ? "the command line" : `${path} and the command line`,
	);
}

/** Reads a settings file as a flat object. The caller checks the names and values. */
async function readConfig(path: string): Promise<Record<string, unknown>> {
	let text: string;
	try {
		text = await readFile(path, "utf8");
	} catch (cause) {
		throw new TabTuneError(
			"usage",
			{ what: "the settings file cannot be read", where: path, next: "check the path given to --config" },
			{ cause },
		);
	}
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (cause) {
		throw new TabTuneError(
			"usage",
			{
				what: `this is not JSON: ${(cause as Error).message}`,
				where: path,
				next: "correct the file; numbers are written like 2e-4, without NaN or Infinity",
			},
			{ cause },
		);
	}
	if (typeof value !== "object" || value === null || Array.isArray(value)) {
		throw new TabTuneError("usage", {
			what: "the settings must be one flat JSON object",
			where: path,
			next: 'write {"learning_rate": 2e-4, …}',
		});
	}
	return value as Record<string, unknown>;
}

/** A required option's text. @throws TabTuneError "usage" when missing. */
export function need(args: ParsedArgs, name: string): string {
	const value = args.options.get(name);
	if (value === undefined || value === "") {
		throw new TabTuneError("usage", {
			what: `--${name} is missing`,
			where: `tabtune ${args.command}`,
			next: `add --${name} VALUE`,
		});
	}
	return String(value);
}

export function text(args: ParsedArgs, name: string): string | undefined {
	const value = args.options.get(name);
	return value === undefined ? undefined : String(value);
}

export function numberOr(args: ParsedArgs, name: string, fallback: number): number {
	const value = args.options.get(name);
	return typeof value === "number" ? value : fallback;
}

export function flag(args: ParsedArgs, name: string): boolean {
	return args.options.get(name) === true;
}

function settingKind(name: keyof RunSettings): OptionKind {
	return typeof DEFAULT_SETTINGS[name] === "boolean" && name !== "init_lora_weights" ? "flag" : "text";
}

/** A setting's value from its text: numbers as numbers, lists and tables as JSON or comma-separated names. */
function settingValue(name: keyof RunSettings, value: string): unknown {
	const fallback = DEFAULT_SETTINGS[name];
	if (name === "init_lora_weights") return value === "true" ? true : value === "false" ? false : value;
	if (typeof fallback === "boolean") return value === "true";
	if (typeof fallback === "number") return toNumber(name.replaceAll("_", "-"), value);
	if (value === "null" || value === "none") return null;
	if (value.startsWith("[") || value.startsWith("{")) {
		try {
			return JSON.parse(value);
		} catch (cause) {
			throw new TabTuneError("usage", {
				what: `--${name.replaceAll("_", "-")} is not valid JSON: ${(cause as Error).message}`,
				where: "the command line",
				next: "quote it for the shell and correct the JSON",
			});
		}
	}
	if (name === "target_modules")
		return value.includes(",") ? list(value) : isPlainName(value) ? (value === "all-linear" ? value : [value]) : value;
	if (name === "layers_to_transform") return list(value).map((part) => toNumber("layers-to-transform", part));
	if (name === "modules_to_save") return list(value);
	return value;
}

/** Whether the text has no regular-expression syntax. */
function isPlainName(value: string): boolean {
	return /^[\w-]+$/.test(value);
}

function list(value: string): string[] {
	return value
		.split(",")
		.map((part) => part.trim())
		.filter((part) => part !== "");
}

function isBoolean(value: string): boolean {
	return /^(true|false)$/i.test(value);
}

/** @throws TabTuneError "usage" unless the value is true or false, in any case. */
function toBoolean(name: string, value: string): boolean {
	if (isBoolean(value)) return value.toLowerCase() === "true";
	throw new TabTuneError("usage", {
		what: `--${name} is "${value}", which is neither true nor false`,
		where: "the command line",
		next: `write --${name}, --no-${name}, or --${name} true|false`,
	});
}

function strayWord(command: string, word: string, names: readonly string[]): TabTuneError {
	return new TabTuneError("usage", {
		what: `unexpected argument "${word}"`,
		where: `tabtune ${command}`,
		next:
			names.length === 0
				? "remove it"
				: `options start with two dashes: did you mean --${closest(word.replace(/^-+/, "").replaceAll("_", "-"), names)}?`,
	});
}

/** NaN and Infinity pass here: the setting's own check says what is allowed. */
function toNumber(name: string, value: string): number {
	const number = /^\s*$/.test(value) ? Number.NaN : Number(value);
	if (Number.isNaN(number) && !/^[+-]?nan$/i.test(value.trim())) {
		throw new TabTuneError("usage", {
			what: `--${name} is "${value}", which is not a number`,
			where: "the command line",
			next: `write --${name} NUMBER`,
		});
	}
	return number;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
	const at = text.indexOf(separator);
	return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
