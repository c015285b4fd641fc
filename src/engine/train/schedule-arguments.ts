// The arguments of each learning-rate schedule (lr_scheduler_kwargs), by the names of transformers' schedule functions.
import { TabTuneError } from "../../shared/errors.ts";
import { trainMessage } from "../../shared/messages/index.ts";
import type { Message, MessageText } from "../../shared/messages/message.ts";
import type { RunSettings, SchedulerType } from "../../shared/settings.ts";

interface NumberArgument {
	readonly min: number;
	readonly whole?: true;
	/** `min` itself is not allowed. */
	readonly open?: true;
	readonly required?: true;
}
type Argument = NumberArgument | readonly string[];

const CURVES = ["linear", "cosine", "1-sqrt"] as const;
const CYCLES: NumberArgument = { min: 0, open: true };
const LOWEST = { min_lr: { min: 0 }, min_lr_rate: { min: 0 }, num_cycles: CYCLES };

const ARGUMENTS: Readonly<Record<SchedulerType, Readonly<Record<string, Argument>>>> = {
	linear: {},
	constant: {},
	constant_with_warmup: {},
	cosine: { num_cycles: CYCLES },
	cosine_with_restarts: { num_cycles: { min: 1, whole: true } },
	polynomial: { lr_end: { min: 0 }, power: { min: 0, open: true } },
	inverse_sqrt: { timescale: { min: 1, whole: true } },
	cosine_with_min_lr: LOWEST,
	cosine_warmup_with_min_lr: { ...LOWEST, warmup_lr_rate: { min: 0 } },
	warmup_stable_decay: {
		num_decay_steps: { min: 0, whole: true, required: true },
		num_stable_steps: { min: 0, whole: true },
		warmup_type: CURVES,
		decay_type: CURVES,
		min_lr_ratio: { min: 0 },
		num_cycles: CYCLES,
	},
};

/**
 * Checks lr_scheduler_kwargs against lr_scheduler_type.
 * @throws TabTuneError "usage" naming the argument that is unknown, missing or wrong
 */
export function checkScheduleArguments(
	settings: Pick<RunSettings, "lr_scheduler_type" | "lr_scheduler_kwargs" | "learning_rate">,
	where: MessageText,
): void {
	const problem = scheduleProblem(settings);
	if (problem !== null)
		throw new TabTuneError("usage", {
			what: problem,
			where,
			next: trainMessage("scheduleArgument.next", { type: settings.lr_scheduler_type }),
		});
}

function scheduleProblem({
	lr_scheduler_type: type,
	lr_scheduler_kwargs: given,
	learning_rate,
}: Parameters<typeof checkScheduleArguments>[0]): Message | null {
	const known = ARGUMENTS[type];
	for (const [name, value] of Object.entries(given)) {
		if (!Object.hasOwn(known, name)) {
			const names = Object.keys(known);
			return names.length === 0
				? trainMessage("scheduleTakesNone", { type, name })
				: trainMessage("scheduleArgumentUnknown", { type, name, names: names.join(", ") });
		}
		if (!isValid(known[name], value))
			return trainMessage("scheduleArgumentValue", {
				type,
				name,
				value: JSON.stringify(value),
				valid: validValues(known[name]),
			});
	}
	for (const [name, argument] of Object.entries(known))
		if ("required" in argument && given[name] === undefined)
			return trainMessage("scheduleArgumentMissing", { type, name });
	if ("min_lr" in known && (given.min_lr === undefined) === (given.min_lr_rate === undefined))
		return trainMessage("scheduleMinimum", { type });
	const lr_end = type === "polynomial" ? Number(given.lr_end ?? 1e-7) : 0;
	return lr_end >= learning_rate ? trainMessage("scheduleEnd", { lr_end, learning_rate }) : null;
}

function isValid(argument: Argument, value: unknown): boolean {
	if ("min" in argument)
		return (
			typeof value === "number" &&
			(argument.open === true ? value > argument.min : value >= argument.min) &&
			(argument.whole !== true || Number.isInteger(value))
		);
	return typeof value === "string" && argument.includes(value);
}

function validValues(argument: Argument): Message | string {
	if (!("min" in argument)) return argument.map((one) => JSON.stringify(one)).join(", ");
	const { min, open, whole } = argument;
	return trainMessage(whole === true ? "wholeFrom" : open === true ? "numberOver" : "numberFrom", { min });
}
