// One table for every setting: how its text is read, written and checked. Settings panel, URL and validation
// all walk it, and its type makes a setting that is missing here a type error. To add one: a line below, and
// `field.<name>` and `help.<name>` in i18n.

import type { RunSettings } from "../../../src/engine/api.ts";
import { plainNumber } from "../../lib/format.ts";

export type FieldName = keyof RunSettings;
export type FieldGroup = "method" | "lora" | "optimiser" | "data" | "saving";
/** Why a text is refused; the words are in i18n under `invalid.<problem>`. */
export type Problem =
	| { kind: "number" | "integer" | "list" | "object" | "empty" | "steps" }
	| { kind: "range"; min: number; max: number }
	| { kind: "above" | "atLeast"; min: number };

export type Read<T> = { ok: true; value: T } | { ok: false; problem: Problem };

export interface Field<T> {
	group: FieldGroup;
	/** Shape of the control: `options` make a select, booleans a checkbox, numbers a spin button. */
	control: "integer" | "number" | "check" | "select" | "text";
	options?: readonly string[];
	min?: number;
	max?: number;
	/** The lowest value itself is refused. */
	open?: boolean;
	step?: number;
	read(text: string): Read<T>;
	write(value: T): string;
}

const bad = (problem: Problem): { ok: false; problem: Problem } => ({ ok: false, problem });

interface Bounds {
	min?: number;
	max?: number;
	/** The lowest value itself is refused. */
	open?: boolean;
	step?: number;
}

function readNumber(
	text: string,
	{ min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, open }: Bounds,
): Read<number> {
	const value = text.trim() === "" ? Number.NaN : Number(text);
	if (!Number.isFinite(value)) return bad({ kind: "number" });
	if (open === true && value <= min) return bad({ kind: "above", min });
	if (value < min || value > max)
		return bad(Number.isFinite(max) ? { kind: "range", min, max } : { kind: "atLeast", min });
	return { ok: true, value };
}

function number(group: FieldGroup, bounds: Bounds): Field<number> {
	return { group, control: "number", ...bounds, read: (text) => readNumber(text, bounds), write: plainNumber };
}

function integer(group: FieldGroup, bounds: Bounds): Field<number> {
	return {
		group,
		control: "integer",
		step: 1,
		...bounds,
		read: (text) => {
			const read = readNumber(text, bounds);
			return read.ok && !Number.isInteger(read.value) ? bad({ kind: "integer" }) : read;
		},
		write: plainNumber,
	};
}

function check(group: FieldGroup): Field<boolean> {
	return {
		group,
		control: "check",
		read: (text) => ({ ok: true, value: text === "true" }),
		write: String,
	};
}

/** One of a few names. */
function select<T extends string>(group: FieldGroup, options: readonly T[]): Field<T> {
	return {
		group,
		control: "select",
		options,
		read: (text) => {
			const found = options.find((option) => option === text);
			return found === undefined ? bad({ kind: "empty" }) : { ok: true, value: found };
		},
		write: (value) => value,
	};
}

/** {"layers.0.self_attn.q_proj": 4}: a JSON object of numbers; empty for none. */
function pattern(group: FieldGroup): Field<Record<string, number>> {
	return {
		group,
		control: "text",
		read: (text) => {
			if (text.trim() === "") return { ok: true, value: {} };
			try {
				const parsed: unknown = JSON.parse(text);
				if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return bad({ kind: "object" });
				const value: Record<string, number> = {};
				for (const [key, v] of Object.entries(parsed)) {
					if (typeof v !== "number" || !(v > 0)) return bad({ kind: "object" });
					value[key] = v;
				}
				return { ok: true, value };
			} catch {
				return bad({ kind: "object" });
			}
		},
		write: (value) => (Object.keys(value).length === 0 ? "" : JSON.stringify(value)),
	};
}

const words = (text: string): string[] => text.split(/[\s,，]+/).filter((w) => w !== "");

const SCHEDULERS = [
	"linear",
	"cosine",
	"cosine_with_restarts",
	"polynomial",
	"constant",
	"constant_with_warmup",
	"inverse_sqrt",
] as const;

/** What is trained, alone or together, as settings.ts of the engine takes it. */
const METHODS: readonly string[] = [
	"lora",
	"prompt_tuning",
	"bottleneck",
	"full",
	"lora+prompt_tuning",
	"lora+bottleneck",
];

export const FIELDS: { readonly [K in FieldName]: Field<RunSettings[K]> } = {
	r: integer("lora", { min: 1, max: 256 }),
	lora_alpha: number("lora", { min: 0, open: true }),
	lora_dropout: number("lora", { min: 0, max: 0.99, step: 0.05 }),
	target_modules: {
		group: "lora",
		control: "text",
		// As PEFT has it: a list names suffixes, a single text is "all-linear" or a regular expression.
		read: (text) => {
			const t = text.trim();
			if (t === "") return bad({ kind: "empty" });
			if (t === "all-linear" || /[^\w\s.,，-]/.test(t)) return { ok: true, value: t };
			return { ok: true, value: words(t) };
		},
		write: (value) => (typeof value === "string" ? value : value.join(", ")),
	},
	use_rslora: check("lora"),
	use_dora: check("lora"),
	rank_pattern: pattern("lora"),
	alpha_pattern: pattern("lora"),
	layers_to_transform: {
		group: "lora",
		control: "text",
		read: (text) => {
			const list = words(text).map(Number);
			if (list.length === 0) return { ok: true, value: null };
			return list.every((n) => Number.isInteger(n) && n >= 0) ? { ok: true, value: list } : bad({ kind: "list" });
		},
		write: (value) => value?.join(", ") ?? "",
	},
	modules_to_save: {
		group: "lora",
		control: "text",
		read: (text) => ({ ok: true, value: words(text).length === 0 ? null : words(text) }),
		write: (value) => value?.join(", ") ?? "",
	},
	init_lora_weights: {
		group: "lora",
		control: "select",
		options: ["true", "gaussian", "pissa"],
		read: (text) => ({ ok: true, value: text === "true" ? true : text === "false" ? false : text }),
		write: String,
	},
	bias: select("lora", ["none", "all", "lora_only"]),
	loraplus_lr_ratio: number("lora", { min: 0, max: 1e6, open: true }),
	method: select("method", METHODS),
	num_virtual_tokens: integer("method", { min: 1, max: 1024 }),
	prompt_tuning_init: select("method", ["RANDOM", "TEXT"]),
	prompt_tuning_init_text: {
		group: "method",
		control: "text",
		read: (text) => ({ ok: true, value: text === "" ? null : text }),
		write: (value) => value ?? "",
	},
	reduction_factor: number("method", { min: 1, max: 1e6 }),
	non_linearity: select("method", ["relu", "gelu"]),
	mh_adapter: check("method"),
	output_adapter: check("method"),
	loss_type: select("optimiser", ["auto", "nll", "sigmoid"]),
	beta: number("optimiser", { min: 0, max: 1000, open: true, step: 0.1 }),
	learning_rate: number("optimiser", { min: 0, max: 10, open: true }),
	lr_scheduler_type: select("optimiser", SCHEDULERS),
	warmup_steps: integer("optimiser", { min: 0 }),
	warmup_ratio: number("optimiser", { min: 0, max: 1, step: 0.01 }),
	weight_decay: number("optimiser", { min: 0, max: 10, step: 0.01 }),
	adam_beta1: number("optimiser", { min: 0, max: 0.999999, step: 0.01 }),
	adam_beta2: number("optimiser", { min: 0, max: 0.9999999, step: 0.001 }),
	adam_epsilon: number("optimiser", { min: 0, open: true }),
	max_grad_norm: number("optimiser", { min: 0, step: 0.1 }),
	max_steps: {
		...integer("optimiser", { min: -1 }),
		read: (text) => {
			const value = text.trim() === "" ? Number.NaN : Number(text);
			return Number.isInteger(value) && (value >= 1 || value === -1) ? { ok: true, value } : bad({ kind: "steps" });
		},
	},
	num_train_epochs: number("optimiser", { min: 0, open: true }),
	per_device_train_batch_size: integer("data", { min: 1, max: 4096 }),
	gradient_accumulation_steps: integer("data", { min: 1, max: 65536 }),
	max_length: integer("data", { min: 2, max: 2 ** 20 }),
	packing: check("data"),
	assistant_only_loss: check("data"),
	completion_only_loss: check("data"),
	shuffle: check("data"),
	group_by_length: check("data"),
	seed: integer("data", { min: 0, max: 4294967295 }),
	eval_steps: integer("saving", { min: 0 }),
	save_steps: integer("saving", { min: 0 }),
	save_total_limit: integer("saving", { min: 0 }),
};

export const FIELD_NAMES = Object.keys(FIELDS) as FieldName[];

export function isFieldName(name: string): name is FieldName {
	return Object.hasOwn(FIELDS, name);
}

/** Reads `text` for one field into a copy of `settings`. */
export function withText<K extends FieldName>(settings: RunSettings, name: K, text: string): Read<RunSettings> {
	const read = FIELDS[name].read(text);
	return read.ok ? { ok: true, value: { ...settings, [name]: read.value } } : read;
}

export function textOf<K extends FieldName>(settings: RunSettings, name: K): string {
	return FIELDS[name].write(settings[name]);
}
