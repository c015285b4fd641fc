import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TabTuneError } from "../shared/errors.ts";
import { helpOf, type OptionKind, parseArgs } from "./args.ts";
import { dataFiles } from "./data.ts";
import { settingsOf } from "./settings-given.ts";

const OPTIONS = { model: "text", rows: "number", chat: "flag" } as const satisfies Record<string, OptionKind>;
const INSPECT = { name: "inspect", options: {}, acceptsSettings: false, words: 1 };
const parse = (...argv: string[]) => parseArgs({ name: "train", options: OPTIONS, acceptsSettings: true }, argv);

function refusal(...argv: string[]): string {
	try {
		parse(...argv);
	} catch (thrown) {
		if (thrown instanceof TabTuneError && thrown.code === "usage") return thrown.message;
		throw thrown;
	}
	throw new Error(`accepted: ${argv.join(" ")}`);
}

describe("flags", () => {
	it.each([
		[["--packing"], true],
		[["--packing", "true"], true],
		[["--packing", "True"], true],
		[["--packing=TRUE"], true],
		[["--packing", "yes"], true],
		[["--packing=1"], true],
		[["--packing", "0"], false],
		[["--packing", "NO"], false],
		[["--packing", "false"], false],
		[["--packing", "False"], false],
		[["--packing=False"], false],
		[["--no-packing"], false],
		[["--packing", "--max-steps", "3"], true],
	])("%j", (argv, packing) => {
		expect(parse(...argv).settings.packing).toBe(packing);
	});

	it("are read the same way for options of the command", () => {
		expect(parse("--chat", "FALSE").options.get("chat")).toBe(false);
		expect(parse("--no-chat").options.get("chat")).toBe(false);
	});

	it.each([[["--packing", "maybe"]], [["--packing=2"]], [["--packing="]]])("%j is refused", (argv) => {
		expect(refusal(...argv)).toContain("neither true nor false");
	});

	it("--no-flag takes no value", () => {
		expect(refusal("--no-packing=true")).toContain("takes no value");
	});
});

it("files given several times are one set", () => {
	const command = { name: "train", options: { "train-file": "text" }, acceptsSettings: false } as const;
	const args = parseArgs(command, ["--train-file", "a.jsonl", "--train-file", "b,c.csv"]);
	expect(dataFiles(args, "train-file").paths).toEqual(["a.jsonl", "b,c.csv"]);
});

describe("columns and separators", () => {
	const command = {
		name: "train",
		options: { data: "text", columns: "text", separator: "text" },
		acceptsSettings: false,
	} as const;
	const read = (...argv: string[]) => dataFiles(parseArgs(command, ["--data", "a.csv", ...argv]), "data").read;

	it("are read", () => {
		expect(read("--columns", "question=prompt, my answer=completion", "--separator", ";")).toEqual({
			columns: { question: "prompt", "my answer": "completion" },
			separator: ";",
		});
		expect([read("--separator", "tab"), read("--separator", "\\t"), read()]).toEqual([
			{ separator: "\t" },
			{ separator: "\t" },
			{},
		]);
	});

	it.each([
		["--columns", "prompt"],
		["--columns", "a=prompt,b=prompt"],
		["--columns", "=prompt"],
		["--separator", "::"],
	])("%s %s is refused", (...argv) => {
		expect(() => read(...argv)).toThrow(argv[0]);
	});
});

describe("values", () => {
	it("follow the option or an equals sign", () => {
		expect(parse("--learning-rate=2e-4", "--rows", "3", "--init-lora-weights", "pissa")).toMatchObject({
			settings: { learning_rate: 2e-4, init_lora_weights: "pissa" },
		});
	});

	it("are required, and must be numbers where the option needs one", () => {
		expect(refusal("--model")).toContain("needs a value");
		expect(refusal("--rows", "many")).toContain("not a number");
	});
});

describe("unknown names", () => {
	it("are refused with the most similar name", () => {
		expect(refusal("--learning-rat", "1")).toContain("did you mean --learning-rate?");
		expect(refusal("--no-model")).toContain("unknown option --no-model");
	});

	it.each([
		["--lr", "--learning-rate"],
		["--epochs", "--num-train-epochs"],
		["--batch-size", "--per-device-train-batch-size"],
		["--micro_batch_size", "--per-device-train-batch-size"],
		["--lora-r", "--r"],
		["--rank", "--r"],
		["--cutoff-len", "--max-length"],
		["--max-seq-length", "--max-length"],
		["--lora_target", "--target-modules"],
		["--model-name-or-path", "--model"],
		["--base-model", "--model"],
		["--grad-accum", "--gradient-accumulation-steps"],
		["--sample-packing", "--packing"],
	])("%s of another tool is our %s", (given, ours) => {
		expect(refusal(given, "1")).toContain(`unknown option ${given}`);
		expect(refusal(given, "1")).toContain(`did you mean ${ours}?`);
	});

	it("settings of other tools are named as not supported, or as without effect", () => {
		for (const name of ["--neftune-noise-alpha", "--label-smoothing-factor", "--optim", "--truncation-mode"])
			expect(refusal(name, "1")).toContain(`${name} is not supported`);
		for (const name of ["--logging-steps", "--bf16", "--report_to", "--gradient-checkpointing"])
			expect(refusal(name, "1")).toContain(`${name} has no effect here`);
	});

	it("unexpected words are refused", () => {
		expect(refusal("packing")).toContain("did you mean --packing?");
		expect(refusal("-packing")).toContain("did you mean --packing?");
		expect(parseArgs(INSPECT, ["demo"]).positional).toEqual(["demo"]);
		expect(() => parseArgs(INSPECT, ["demo", "more"])).toThrow(TabTuneError);
	});
});

describe("settings", () => {
	it("are read as on the page, or as JSON", () => {
		const { settings } = parse("--target_modules", "q_proj,v_proj", "--bias", "none", "--layers-to-transform", "[0,1]");
		expect(settings).toEqual({ target_modules: ["q_proj", "v_proj"], bias: "none", layers_to_transform: [0, 1] });
		expect(parse("--max-steps", "-1", "--modules-to-save", "none").settings).toEqual({
			max_steps: -1,
			modules_to_save: null,
		});
	});

	it("do not use the next option as their value", () => {
		expect(refusal("--lora-alpha", "--packing")).toContain("--lora-alpha needs a value");
	});
});

describe("a settings file", () => {
	const resolved = async (settings: object) => {
		const path = join(await mkdtemp(join(tmpdir(), "args-")), "run.json");
		await writeFile(path, JSON.stringify(settings));
		return settingsOf({ command: "train", positional: [], options: new Map([["config", path]]), settings: {} });
	};

	it("may have settings of TRL that have no effect here, or ask for what happens anyway", async () => {
		const settings = {
			learning_rate: 1e-3,
			logging_steps: 1,
			bf16: true,
			optim: "adamw_torch",
			neftune_noise_alpha: null,
		};
		expect(await resolved(settings)).toMatchObject({ learning_rate: 1e-3 });
		expect(await resolved(settings)).not.toHaveProperty("logging_steps");
	});

	it("is refused for settings that are not supported, and with our name for names of other tools", async () => {
		await expect(resolved({ optim: "lion" })).rejects.toThrow(/"optim" is not supported/);
		await expect(resolved({ truncation_mode: "keep_end" })).rejects.toThrow(/"truncation_mode" is not supported/);
		await expect(resolved({ lr: 1e-3 })).rejects.toThrow(/unknown setting "lr".*did you mean "learning_rate"/);
	});
});

describe("help", () => {
	const help = helpOf({ name: "train", summary: "train an adapter", options: OPTIONS, acceptsSettings: true });

	it("shows description, default and range of every option", () => {
		const line = help.replaceAll(/\s+/g, " ");
		expect(line).toContain("default: 16; a whole number from 1)");
		expect(line).toContain("--packing [boolean]");
		expect(line).toContain("default: 2e-4; a number greater than 0, at most 10)");
	});
});
