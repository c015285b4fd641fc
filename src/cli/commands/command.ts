// The interface that every command implements.
import type { CommandOptions, OptionKind, ParsedArgs } from "../args.ts";

export interface Command extends CommandOptions {
	/** An earlier name, which still works. */
	readonly alias?: string;
	readonly summary: string;
	run(args: ParsedArgs): Promise<void>;
}

/** Options of every command that opens a model. */
export const MODEL_OPTIONS = { model: "text", adapter: "text", dtype: "text" } as const satisfies Record<
	string,
	OptionKind
>;

/** Options of every command that reads rows. */
export const DATA_OPTIONS = { columns: "text", separator: "text" } as const satisfies Record<string, OptionKind>;

/** Options of the commands that can read rows from the Hub. */
export const SET_OPTIONS = {
	...DATA_OPTIONS,
	dataset: "text",
	subset: "text",
	split: "text",
} as const satisfies Record<string, OptionKind>;

/** Options of the commands that read what a run needs. */
export const RUN_OPTIONS = {
	...MODEL_OPTIONS,
	...SET_OPTIONS,
	"eval-split": "text",
	"train-file": "text",
	"eval-file": "text",
	"add-tokens": "text",
	"output-dir": "text",
	config: "text",
} as const satisfies Record<string, OptionKind>;
