// What a command is.
import type { OptionKind, ParsedArgs } from "../args.ts";

export interface Command {
	readonly name: string;
	readonly summary: string;
	/** Its own options, in kebab-case. */
	readonly options: Readonly<Record<string, OptionKind>>;
	/** Whether training and adapter settings are accepted too. */
	readonly takesSettings: boolean;
	/** How many arguments without dashes it takes; none, when absent. */
	readonly words?: number;
	run(args: ParsedArgs): Promise<void>;
}

/** Options that every command with a model has. */
export const MODEL_OPTIONS = { model: "text", adapter: "text", dtype: "text" } as const satisfies Record<
	string,
	OptionKind
>;
