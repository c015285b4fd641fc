import { expect, test } from "vitest";
import { evaluate, unroll } from "./unroll.ts";

test("constant expressions have C's precedence", () => {
	const scope = { ROWS: 6, i: 2 };
	expect(evaluate("ROWS * i + 1u", scope)).toBe(13);
	expect(evaluate("(ROWS + i) / 3 % 2", scope)).toBe(0);
	expect(evaluate("1 ^ i + 1", scope)).toBe(2);
	expect(() => evaluate("ROWS * COLUMNS", scope)).toThrow('COLUMNS in "ROWS * COLUMNS" is not a constant');
	expect(() => evaluate("ROWS 3", scope)).toThrow("cannot read");
});

test("unrolls marked loops, replaces marked arrays by variables and changes nothing else", () => {
	const source = `const HALF = ROWS / 2; // a comment
fn main() {
	var acc: array<f32, ROWS * HALF>; // registers
	for (var i = 0u; i < HALF; i++) { // unrolled
		for (var j = 1u; j < ROWS; j++) { // unrolled
			acc[i * ROWS + j] += a[base + i * stride[j]];
		}
	}
	for (var k = 0u; k < n; k++) {
		acc[0] *= 2.0;
	}
}`;
	expect(unroll(source, { ROWS: 2 })).toBe(`const HALF = ROWS / 2;
fn main() {
	var acc_0: f32;
	var acc_1: f32;
			acc_1 += a[base + 0u * stride[1u]];
	for (var k = 0u; k < n; k++) {
		acc_0 *= 2.0;
	}
}`);
});

test("each unrolled iteration has a separate scope", () => {
	const source = "\tfor (var i = 0u; i < 2; i++) { // unrolled\n\t\tlet x = f(i);\n\t}";
	expect(unroll(source, {})).toBe("\t{\n\t\tlet x = f(0u);\n\t}\n\t{\n\t\tlet x = f(1u);\n\t}");
});
