import { describe, expect, it } from "vitest";
import { parseJsonObject } from "../../shared/parse-json.ts";
import { byCodePoint, PythonFloat, parseMarkingFloats, pythonJson, withoutMarks } from "./json.ts";
import { errorOf } from "./test-tools.ts";

// Expected texts are those of Python 3.11's json.dumps(value, indent=2, sort_keys=True).
describe("pythonJson", () => {
	it("sorts keys by code point and escapes characters outside ASCII", () => {
		const value = { "\uff5e": 1, "\u{1f600}": 2, é: '\u2028\x7f\n"\\', B: [], a: {}, "10": null, "9": true };
		expect(pythonJson(value)).toBe(
			'{\n  "10": null,\n  "9": true,\n  "B": [],\n  "a": {},\n  "\\u00e9": "\\u2028\\u007f\\n\\"\\\\",\n  "\\uff5e": 1,\n  "\\ud83d\\ude00": 2\n}',
		);
	});

	it("indents by two spaces", () => {
		expect(pythonJson({ a: [1, { b: [2] }] })).toBe(
			'{\n  "a": [\n    1,\n    {\n      "b": [\n        2\n      ]\n    }\n  ]\n}',
		);
	});

	it.each([
		[0, "0.0"],
		[-0, "-0.0"],
		[16, "16.0"],
		[0.05, "0.05"],
		[1e-4, "0.0001"],
		[1e-5, "1e-05"],
		[1.5e-7, "1.5e-07"],
		[1e-10, "1e-10"],
		[2.5e-300, "2.5e-300"],
		[1e15, "1000000000000000.0"],
		[1e16, "1e+16"],
		[123456789012345680000, "1.2345678901234568e+20"],
		[1e22, "1e+22"],
		[Number.NaN, "NaN"],
		[Number.NEGATIVE_INFINITY, "-Infinity"],
	])("writes the float %d as repr() does", (value, text) => {
		expect(pythonJson(new PythonFloat(value))).toBe(text);
	});

	it("writes whole numbers as integers unless they are marked as floats", () => {
		expect(pythonJson([16, 2 ** 53 - 1, 2.5])).toBe("[\n  16,\n  9007199254740991,\n  2.5\n]");
	});
});

describe("parseMarkingFloats", () => {
	it("distinguishes 8.0 from 8, and does not change strings", () => {
		const text = '{"a": 8.0, "b": 8, "c": [1e-5, "1.5", -0.0], "d": {"2.0": 1E2}}';
		const value = parseMarkingFloats(text, "x.json", "adapter");
		expect(value).toEqual({
			a: new PythonFloat(8),
			b: 8,
			c: [new PythonFloat(1e-5), "1.5", new PythonFloat(-0)],
			d: { "2.0": new PythonFloat(100) },
		});
		expect(withoutMarks(value)).toEqual({ a: 8, b: 8, c: [1e-5, "1.5", -0], d: { "2.0": 100 } });
	});
});

describe("parseJsonObject", () => {
	it("reports line and column", async () => {
		const error = await errorOf(() => parseJsonObject('{\n  "a": 1,\n  "b": tru\n}', "folder/config.json", "model"));
		expect(error.code).toBe("model");
		expect(error.message).toContain("a value is expected at line 3, column 8");
		expect(error.message).toContain("folder/config.json");
	});

	it("refuses lists and ignores a byte order mark", async () => {
		expect((await errorOf(() => parseJsonObject("[1]", "x", "adapter"))).code).toBe("adapter");
		expect(parseJsonObject('\ufeff{"a": 1}', "x", "model")).toEqual({ a: 1 });
	});
});

it("byCodePoint sorts as UTF-8 bytes do", () => {
	const names = ["b", "a", "aa", "\u{1f600}", "\uff5e", "\ud7ff", "\ue000", "é", "Z", ""];
	const encode = (name: string) => Buffer.from(name, "utf8");
	expect(names.toSorted(byCodePoint)).toEqual(names.toSorted((a, b) => Buffer.compare(encode(a), encode(b))));
});
