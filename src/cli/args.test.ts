import { describe, expect, it } from "vitest";
import { TabTuneError } from "../shared/errors.ts";
import { helpOf, type OptionKind, parseArgs } from "./args.ts";

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

	it.each([[["--packing", "no"]], [["--packing=1"]], [["--packing="]]])("%j is refused", (argv) => {
		expect(refusal(...argv)).toContain("neither true nor false");
	});

	it("--no-flag takes no value", () => {
		expect(refusal("--no-packing=true")).toContain("takes no value");
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

describe("help", () => {
	const help = helpOf({ name: "train", summary: "train an adapter", options: OPTIONS, acceptsSettings: true });

	it("shows description, default and range of every option", () => {
		const line = help.replaceAll(/\s+/g, " ");
		expect(line).toContain("default: 16; a whole number from 1)");
		expect(line).toContain("--packing [boolean]");
		expect(line).toContain("default: 2e-4; a number over 0 to 10)");
	});
});
