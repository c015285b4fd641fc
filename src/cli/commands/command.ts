// The interface that every command implements.
import type { OptionKind, ParsedArgs } from "../args.ts";

export interface Command {
	readonly name: string;
	readonly summary: string;
	/** Options specific to this command, in kebab-case. */
	readonly options: Readonly<Record<string, OptionKind>>;
	/** Whether training and adapter settings are accepted too. */
	readonly takesSettings: boolean;
	/** Number of positional arguments; 0 by default. */
	readonly words?: number;
	run(args: ParsedArgs): Promise<void>;
}

/** Options of every command that opens a model. */
export const MODEL_OPTIONS = { model: "text", adapter: "text", dtype: "text" } as const satisfies Record<
	string,
	OptionKind
>;
