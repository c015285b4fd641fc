// The settings of a command: flags, and the file of --config with names of TRL, PEFT and Transformers.
import { readFile } from "node:fs/promises";
import { closest } from "fastest-levenshtein";
import type { RunSettings } from "../engine/api.ts";
import { resolveSettings } from "../engine/train/settings.ts";
import { isObject, type JsonObject } from "../shared/json.ts";
import { isSettingName, SETTING_NAMES } from "../shared/settings.ts";
import { type ParsedArgs, THINKING } from "./args.ts";
import { cliError } from "./cli-error.ts";
import { canPassOver, foreignSetting, ourName } from "./other-names.ts";
import { say } from "./output.ts";

/**
 * The resolved settings: flags override the `--config` file, which overrides the defaults.
 * @param fixed settings that override all of these: training that continues from an adapter keeps its configuration.
 */
export async function settingsOf(
	args: ParsedArgs,
	fixed: Readonly<Record<string, unknown>> = {},
): Promise<RunSettings> {
	const { given, where } = await settingsGiven(args);
	return resolveSettings({ ...given, ...fixed }, where);
}

/** The settings of `--config` and of flags, without defaults, and their source for messages. */
export async function settingsGiven(
	args: ParsedArgs,
): Promise<{ given: Readonly<Record<string, unknown>>; where: string }> {
	const path = args.options.get("config");
	const { enable_thinking, ...others } =
		path === undefined ? ({} as Record<string, unknown>) : await readConfig(String(path));
	const given: Record<string, unknown> = { ...ownSettings(others, String(path)), ...args.settings };
	const thinking = args.options.get(THINKING) ?? enable_thinking;
	if (thinking !== undefined && isObject(given.chat_template_kwargs ?? {}))
		given.chat_template_kwargs = { ...(given.chat_template_kwargs as JsonObject), enable_thinking: thinking };
	return { given, where: path === undefined ? "the command line" : `${path} and the command line` };
}

/** The settings of a file without those of other tools that have no effect here, which one warning names. */
function ownSettings(file: Record<string, unknown>, where: string): Record<string, unknown> {
	const own: Record<string, unknown> = {};
	const passedOver: string[] = [];
	for (const [name, value] of Object.entries(file)) {
		if (isSettingName(name)) own[name] = value;
		else if (canPassOver(name, value)) passedOver.push(name);
		else {
			const ours = ourName(name, SETTING_NAMES);
			const unsupported = ours === null && foreignSetting(name) !== null;
			throw cliError("usage", {
				what: unsupported ? `"${name}" is not supported` : `unknown setting "${name}"`,
				where,
				next: unsupported ? "leave it out" : `did you mean "${ours ?? closest(name, SETTING_NAMES)}"?`,
			});
		}
	}
	if (passedOver.length > 0) say(`warning: these settings have no effect here: ${passedOver.join(", ")} (${where})`);
	return own;
}

/** Reads a settings file as a flat object. The caller checks the names and values. */
async function readConfig(path: string): Promise<Record<string, unknown>> {
	let text: string;
	try {
		text = await readFile(path, "utf8");
	} catch (cause) {
		throw cliError(
			"usage",
			{ what: "the settings file cannot be read", where: path, next: "check the path given to --config" },
			{ cause },
		);
	}
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (cause) {
		throw cliError(
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
		throw cliError("usage", {
			what: "the settings must be one flat JSON object",
			where: path,
			next: 'write {"learning_rate": 2e-4, …}',
		});
	}
	return value as Record<string, unknown>;
}
