// Tests of Jinja: `x is defined`, select("equalto", 1).

import { asNumber, Callable, compare, contains, equal, TemplateError, typeName, type Value } from "./values.ts";

type Test = (value: Value, args: readonly Value[]) => boolean;

const modulo = (value: Value, by: Value): boolean => {
	const [a, b] = [asNumber(value), asNumber(by)];
	if (typeof a === "bigint" && typeof b === "bigint") return a % b === 0n;
	if (a === null || b === null)
		throw new TemplateError(`unsupported operand type(s) for %: '${typeName(value)}' and '${typeName(by)}'`);
	return Number(a) % Number(b) === 0;
};
const greater: Test = (value, [other]) => compare(value, other, ">") > 0;
const less: Test = (value, [other]) => compare(value, other, "<") < 0;
const same: Test = (value, [other]) => equal(value, other);
const differs: Test = (value, [other]) => !equal(value, other);
const atLeast: Test = (value, [other]) => compare(value, other, ">=") >= 0;
const atMost: Test = (value, [other]) => compare(value, other, "<=") <= 0;

const TESTS: Readonly<Record<string, Test>> = {
	boolean: (value) => typeof value === "boolean",
	callable: (value) => value instanceof Callable,
	defined: (value) => value !== undefined,
	undefined: (value) => value === undefined,
	divisibleby: (value, [by]) => modulo(value, by),
	even: (value) => modulo(value, 2n),
	odd: (value) => !modulo(value, 2n),
	eq: same,
	equalto: same,
	"==": same,
	ne: differs,
	"!=": differs,
	gt: greater,
	greaterthan: greater,
	">": greater,
	ge: atLeast,
	">=": atLeast,
	lt: less,
	lessthan: less,
	"<": less,
	le: atMost,
	"<=": atMost,
	false: (value) => value === false,
	true: (value) => value === true,
	float: (value) => typeof value === "number",
	integer: (value) => typeof value === "bigint",
	number: (value) => asNumber(value) !== null,
	in: (value, [container]) => contains(container, value),
	iterable: (value) => value === undefined || typeof value === "string" || Array.isArray(value) || value instanceof Map,
	lower: (value) => String(value) === String(value).toLowerCase() && /\p{L}/u.test(String(value)),
	upper: (value) => String(value) === String(value).toUpperCase() && /\p{L}/u.test(String(value)),
	mapping: (value) => value instanceof Map,
	none: (value) => value === null,
	sameas: (value, [other]) => value === other,
	// len() and [] suffice, so an undefined value and a dict are sequences.
	sequence: (value) => value === undefined || typeof value === "string" || Array.isArray(value) || value instanceof Map,
	string: (value) => typeof value === "string",
	escaped: () => false,
};

/** @throws TemplateError for a test that Jinja does not have */
export function testNamed(name: string): Test {
	if (Object.hasOwn(TESTS, name)) return TESTS[name];
	throw new TemplateError(`No test named '${name}'.`);
}
