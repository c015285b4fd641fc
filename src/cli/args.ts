// Parses the arguments of one command: its own options, and settings by their TRL/PEFT names. settings-given.ts joins them with
// the file of --config.
import { CommanderError, Option, Command as Parser } from "commander";
import { closest } from "fastest-levenshtein";
import type { TabTuneError } from "../shared/errors.ts";
import { describeValues, readSetting, textOf } from "../shared/setting-values.ts";
import { settingsEn } from "../shared/settings.en.ts";
import {
	DEFAULT_SETTINGS,
	isSettingName,
	SETTING_NAMES,
	SETTINGS,
	type Setting,
	type SettingName,
} from "../shared/settings.ts";
import { cliError } from "./cli-error.ts";
import { OPTION_HELP } from "./option-help.ts";
import { foreignSetting, ourName } from "./other-names.ts";

/** The type of value an option takes. */
export type OptionKind = "text" | "number" | "flag";

export interface ParsedArgs {
	readonly command: string;
	readonly positional: readonly string[];
	readonly options: ReadonlyMap<string, string | number | boolean>;
	/** Settings given as flags, in snake_case. */
	readonly settings: Readonly<Record<string, unknown>>;
}

/** What parseArgs needs to know of a command. */
export interface CommandOptions {
	readonly name: string;
	/** Options specific to the command, without dashes. */
	readonly options: Readonly<Record<string, OptionKind>>;
	/** Whether training and adapter settings are accepted too. */
	readonly acceptsSettings: boolean;
	/** Number of positional arguments; 0 by default. */
	readonly words?: number;
}

/**
 * Parses one command's arguments. A flag is written `--name`, `--name true|false` (any case), `--name=true|false` or
 * `--no-name`.
 * @throws TabTuneError "usage" for an unknown option (with the nearest one), a missing or wrong value, or a stray word.
 */
export function parseArgs(command: CommandOptions, argv: readonly string[]): ParsedArgs {
	const options = new Map<string, string | number | boolean>();
	const settings: Record<string, unknown> = {};
	const parser = new Parser(command.name)
		.exitOverride()
		.configureOutput({ writeErr: () => {} })
		.helpOption(false);
	for (let word = 0; word < (command.words ?? 0); word++) parser.argument("[path]");
	const kinds = optionKinds(command);
	const add = (name: string, kind: OptionKind, take: (text: string) => void) => {
		if (kind === "flag") {
			parser.addOption(new Option(`--${name} [boolean]`).preset("true").argParser(take));
			parser.addOption(new Option(`--no-${name}`));
			parser.on(`option:no-${name}`, () => take("false"));
		} else {
			parser.addOption(
				new Option(`--${name} <value>`).argParser((text: string) => {
					if (isNextOption(argv, name, text)) throw missingValue(command.name, name);
					take(text);
				}),
			);
		}
	};
	for (const [name, kind] of kinds) {
		const setting = name.replaceAll("-", "_");
		add(name, kind, (text) => {
			if (Object.hasOwn(command.options, name) || !isSettingName(setting))
				options.set(
					name,
					kind === "flag"
						? toBoolean(name, text)
						: kind === "number"
							? toNumber(name, text)
							: joined(name, text, options.get(name)),
				);
			else settings[setting] = settingValue(setting, kind === "flag" ? String(toBoolean(name, text)) : text);
		});
	}
	try {
		parser.parse(
			argv.map((word) => hyphenated(word, kinds)),
			{ from: "user" },
		);
	} catch (thrown) {
		throw thrown instanceof CommanderError ? usageError(command, [...kinds.keys()], parser.args, thrown) : thrown;
	}
	return { command: command.name, positional: parser.args, options, settings };
}

/** `--enable-thinking false` is short for the template variable of that name in chat_template_kwargs. */
export const THINKING = "enable-thinking";

/** Every option of a command with its type, settings included; a command's option overrides a setting of the same name. */
function optionKinds(command: CommandOptions): Map<string, OptionKind> {
	const settings = command.acceptsSettings ? SETTING_NAMES : [];
	const thinking = command.acceptsSettings ? [[THINKING, "flag"] as const] : [];
	return new Map<string, OptionKind>([
		...thinking,
		...settings.map((name) => [name.replaceAll("_", "-"), settingKind(name)] as const),
		...Object.entries(command.options),
	]);
}

/** Options that may be given several times: the files of one set, one on each line of the value. */
const FILE_OPTIONS: readonly string[] = ["train-file", "eval-file", "data", "file"];

const joined = (name: string, text: string, before: unknown): string =>
	FILE_OPTIONS.includes(name) && typeof before === "string" ? `${before}\n${text}` : text;

/** `--lora_alpha=8` as `--lora-alpha=8`, for options that exist with hyphens. */
function hyphenated(word: string, kinds: ReadonlyMap<string, OptionKind>): string {
	const [, flag, rest] = /^--([\w-]+)(=.*)?$/s.exec(word) ?? [];
	const name = flag?.replaceAll("_", "-");
	return name !== undefined && kinds.has(name.replace(/^no-/, "")) ? `--${name}${rest ?? ""}` : word;
}

/** Whether an option's value is the next option instead: `--output-dir --quiet`. */
function isNextOption(argv: readonly string[], name: string, text: string): boolean {
	if (!text.startsWith("--") || text.length === 2) return false;
	return argv.some((word, i) => word === text && argv[i - 1]?.replaceAll("_", "-") === `--${name}`);
}

function missingValue(command: string, name: string): TabTuneError {
	return cliError("usage", {
		what: `--${name} needs a value`,
		where: `tabtune ${command}`,
		next: `write --${name} VALUE`,
	});
}

/** Converts commander's errors, and suggests the nearest existing name. */
function usageError(
	command: CommandOptions,
	names: readonly string[],
	words: readonly string[],
	{ code, message }: CommanderError,
): TabTuneError {
	const where = `tabtune ${command.name}`;
	const [, flag = ""] = /'(-[^'=\s]*)/.exec(message) ?? [];
	const name = flag.replace(/^-+/, "");
	if (code === "commander.optionMissingArgument") return missingValue(command.name, name);
	const negated = name.replace(/^no-/, "");
	if (negated !== name && names.includes(negated) && settingOrFlag(command, negated) === "flag")
		return cliError("usage", {
			what: `${flag} takes no value`,
			where,
			next: `write ${flag}, or --${negated} true|false`,
		});
	const [stray = ""] = words.slice(command.words ?? 0);
	const isStray = code === "commander.excessArguments";
	const given = isStray ? stray : name;
	const ours = ourName(given, names);
	const foreign = ours === null && !isStray ? foreignSetting(given) : null;
	return cliError("usage", {
		what: isStray
			? `unexpected argument "${stray}"`
			: foreign === "unsupported"
				? `${flag} is not supported`
				: foreign === "no-effect"
					? `${flag} has no effect here`
					: `unknown option ${flag}`,
		where,
		next:
			names.length === 0
				? "it has no options"
				: foreign !== null
					? "leave it out"
					: `did you mean --${ours ?? closest(given, names)}?`,
	});
}

const settingOrFlag = (command: CommandOptions, name: string): OptionKind | undefined => optionKinds(command).get(name);

/** The help of one command: every option with its description, default and range. */
export function helpOf(command: CommandOptions & { readonly summary: string }): string {
	const parser = new Parser(`tabtune ${command.name}`)
		.description(command.summary)
		.helpOption("-h, --help", "show this help");
	parser.configureHelp({ helpWidth: 110, sortOptions: false });
	if ((command.words ?? 0) > 0) parser.argument("[path]");
	for (const [name, kind] of Object.entries(command.options))
		parser.addOption(new Option(optionText(name, kind), OPTION_HELP[name]).helpGroup("Options:"));
	if (command.acceptsSettings)
		for (const name of SETTING_NAMES) {
			const flag = name.replaceAll("_", "-");
			if (Object.hasOwn(command.options, flag)) continue;
			const help = settingsEn[`help.${name}`];
			const fallback = textOf(DEFAULT_SETTINGS, name);
			const values = `${fallback === "" ? "" : `default: ${fallback}; `}${describeValues(name)}`;
			parser.addOption(new Option(optionText(flag, settingKind(name)), `${help} (${values})`).helpGroup("Settings:"));
		}
	return parser.helpInformation();
}

const optionText = (name: string, kind: OptionKind): string =>
	`--${name} ${kind === "flag" ? "[boolean]" : kind === "number" ? "<number>" : "<value>"}`;

/** A required option's text. @throws TabTuneError "usage" when missing. */
export function need(args: ParsedArgs, name: string): string {
	const value = args.options.get(name);
	if (value === undefined || value === "") {
		throw cliError("usage", {
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

function settingKind(name: SettingName): OptionKind {
	const { values }: Setting<unknown> = SETTINGS[name];
	const isBoolean = values.kind === "optional" && values.options.includes(true);
	return values.kind === "boolean" || isBoolean ? "flag" : "text";
}

/** Parses a setting's value as the page does, or as JSON. resolveSettings checks the range. */
function settingValue(name: SettingName, text: string): unknown {
	const { values }: Setting<unknown> = SETTINGS[name];
	if (values.kind === "number" || values.kind === "integer") return toNumber(name.replaceAll("_", "-"), text);
	const isNullable = ["text", "names", "indices", "optional"].includes(values.kind);
	if (isNullable && (text === "null" || text === "none")) return null;
	if (text.startsWith("[") || text.startsWith("{")) {
		try {
			return JSON.parse(text);
		} catch (cause) {
			throw cliError("usage", {
				what: `--${name.replaceAll("_", "-")} is not valid JSON: ${(cause as Error).message}`,
				where: "the command line",
				next: "quote it for the shell and correct the JSON",
			});
		}
	}
	const read = readSetting(name, text);
	return read.ok ? read.value : text;
}

/** The spellings that transformers' HfArgumentParser accepts. @throws TabTuneError "usage" for others */
function toBoolean(name: string, value: string): boolean {
	if (/^(true|t|yes|y|1)$/i.test(value)) return true;
	if (/^(false|f|no|n|0)$/i.test(value)) return false;
	throw cliError("usage", {
		what: `--${name} is "${value}", which is neither true nor false`,
		where: "the command line",
		next: `write --${name}, --no-${name}, or --${name} true|false`,
	});
}

/** NaN and Infinity pass here, because the setting's check rejects them. */
function toNumber(name: string, value: string): number {
	const number = /^\s*$/.test(value) ? Number.NaN : Number(value);
	if (Number.isNaN(number) && !/^[+-]?nan$/i.test(value.trim())) {
		throw cliError("usage", {
			what: `--${name} is "${value}", which is not a number`,
			where: "the command line",
			next: `write --${name} NUMBER`,
		});
	}
	return number;
}
