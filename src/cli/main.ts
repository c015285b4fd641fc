// Entry point of the `tabtune` command. It runs the command that argv names, writes the result to stdout as one JSON
// object and messages to stderr, and sets the exit status.
import { closest } from "fastest-levenshtein";
import { formatParts, TabTuneError } from "../shared/errors.ts";
import "../shared/messages/en.ts";
import { helpOf, parseArgs } from "./args.ts";
import { cliError } from "./cli-error.ts";
import { benchCommand } from "./commands/bench.ts";
import { blendCommand } from "./commands/blend.ts";
import type { Command } from "./commands/command.ts";
import { compareMethodsCommand } from "./commands/compare-methods.ts";
import { convertCommand } from "./commands/convert.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { exportTrlCommand } from "./commands/export-trl.ts";
import { generateCommand } from "./commands/generate.ts";
import { inspectCommand } from "./commands/inspect.ts";
import { logitsCommand } from "./commands/logits.ts";
import { mergeCommand } from "./commands/merge.ts";
import { mergeStudyCommand } from "./commands/merge-study.ts";
import { overlapCommand } from "./commands/overlap.ts";
import { pushCommand } from "./commands/push.ts";
import { raceCommand } from "./commands/race.ts";
import { scoreCommand } from "./commands/score.ts";
import { serveCommand } from "./commands/serve.ts";
import { spectrumCommand } from "./commands/spectrum.ts";
import { tokenizeCommand } from "./commands/tokenize.ts";
import { trainCommand } from "./commands/train.ts";
import { truncateCommand } from "./commands/truncate.ts";
import { storageError } from "./node-files.ts";
import { say } from "./output.ts";

const COMMANDS: readonly Command[] = [
	trainCommand,
	compareMethodsCommand,
	raceCommand,
	evaluateCommand,
	scoreCommand,
	logitsCommand,
	generateCommand,
	serveCommand,
	tokenizeCommand,
	mergeCommand,
	exportTrlCommand,
	pushCommand,
	mergeStudyCommand,
	convertCommand,
	spectrumCommand,
	truncateCommand,
	overlapCommand,
	blendCommand,
	inspectCommand,
	benchCommand,
];

const USAGE = `usage: npm run -s tabtune -- COMMAND …

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(16)} ${summary}`).join("\n")}

Training and adapter settings have their TRL/PEFT names: --learning-rate 2e-4 --lora-alpha 32 --target-modules all-linear,
or in --config run.json with the names in snake_case. --help after a command lists its options.`;

/** Exit statuses: 0 done, 2 bad input or usage, 3 no usable WebGPU adapter, 1 anything else. */
async function run(argv: readonly string[]): Promise<number> {
	const [name, ...rest] = argv;
	if (name === undefined || name === "--help" || name === "-h" || name === "help") {
		say(USAGE);
		return name === undefined ? 2 : 0;
	}
	try {
		const command = COMMANDS.find((candidate) => candidate.name === name || candidate.alias === name);
		if (command === undefined) {
			const names = COMMANDS.map((candidate) => candidate.name);
			throw cliError("usage", {
				what: `unknown command "${name}"`,
				next: `did you mean "${closest(name, names)}"? The commands are ${names.join(", ")}`,
			});
		}
		if (rest.includes("--help") || rest.includes("-h")) {
			say(helpOf(command));
			return 0;
		}
		await command.run(parseArgs(command, rest));
		return 0;
	} catch (thrown) {
		const error = storageError((thrown as NodeJS.ErrnoException | undefined)?.path ?? "the output", thrown);
		if (error instanceof TabTuneError) {
			say(`error: ${formatParts(error.parts)}`);
			return error.code === "no-adapter"
				? 3
				: error.code === "internal" || error.code === "device-lost" || error.code === "numeric"
					? 1
					: 2;
		}
		say(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
		return 1;
	}
}

// A library may leave rejected promises behind when another of its reads has failed, whose error the command reports.
const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));
process.exitCode = await run(process.argv.slice(2));
if (process.exitCode === 0 && unhandled.length > 0) {
	const [first] = unhandled;
	say(`error: ${first instanceof Error ? (first.stack ?? first.message) : String(first)}`);
	process.exitCode = 1;
}
// Dawn keeps a thread alive, so the process exits explicitly once stdout has drained.
process.stdout.write("", () => process.exit());
