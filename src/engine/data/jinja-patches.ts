// Patches for @huggingface/jinja where its results differ from Python's jinja2: the parsed template is rewritten to call
// the functions in PYTHON_STRINGS. They cover strip, lstrip and rstrip (the library ignores their argument) and the trim
// filter (JavaScript and Python disagree about which characters are white space).
import type { parse } from "@huggingface/jinja";

/** The characters that Python's str.isspace() accepts and str.strip() removes. */
const WHITE_SPACE =
	"\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";

const METHODS: ReadonlyMap<string, string> = new Map([
	["strip", "tabtune_strip"],
	["lstrip", "tabtune_lstrip"],
	["rstrip", "tabtune_rstrip"],
]);

/** Python's str.strip, lstrip and rstrip; the second argument is the set of characters to remove; None means white space. */
export const PYTHON_STRINGS: Readonly<Record<string, (text: unknown, characters?: unknown) => string>> = {
	tabtune_strip: (text, characters) => strip(method("strip", text), characters, true, true),
	tabtune_lstrip: (text, characters) => strip(method("lstrip", text), characters, true, false),
	tabtune_rstrip: (text, characters) => strip(method("rstrip", text), characters, false, true),
	tabtune_trim: (text, characters) =>
		strip(text === undefined || text === null ? "" : String(text), characters, true, true),
};

function method(name: string, text: unknown): string {
	if (typeof text === "string") return text;
	throw new Error(
		`${text === undefined ? "an undefined value" : text === null ? "none" : typeof text} has no method ${name}`,
	);
}

function strip(text: string, set: unknown, left: boolean, right: boolean): string {
	const characters = new Set(typeof set === "string" ? set : WHITE_SPACE);
	const points = Array.from(text);
	let start = 0;
	let end = points.length;
	while (left && start < end && characters.has(points[start])) start++;
	while (right && end > start && characters.has(points[end - 1])) end--;
	return points.slice(start, end).join("");
}

/** A node of the syntax tree. The library does not export its node classes; its interpreter switches on `type`. */
interface Node {
	type: string;
	[key: string]: unknown;
}

/** Rewrites `text.strip(…)` and `text | trim` in place, everywhere in the template. */
export function patchProgram(program: ReturnType<typeof parse>): void {
	visit(program);
}

function visit(value: unknown): void {
	if (typeof value !== "object" || value === null) return;
	for (const child of Object.values(value)) visit(child);
	if (isNode(value)) patchNode(value);
}

function patchNode(node: Node): void {
	const { callee, filter } = node;
	if (
		node.type === "CallExpression" &&
		isNode(callee) &&
		callee.type === "MemberExpression" &&
		callee.computed !== true
	) {
		const name = METHODS.get(nameOf(callee.property) ?? "");
		if (name !== undefined) call(node, name, callee.object, node.args);
	}
	if (node.type === "FilterExpression" && isNode(filter)) {
		if (nameOf(filter) === "trim") call(node, "tabtune_trim", node.operand, []);
		if (filter.type === "CallExpression" && nameOf(filter.callee) === "trim")
			call(node, "tabtune_trim", node.operand, filter.args);
	}
}

function call(node: Node, name: string, subject: unknown, args: unknown): void {
	node.type = "CallExpression";
	node.callee = { type: "Identifier", value: name };
	node.args = [subject, ...(Array.isArray(args) ? args : [])];
}

function isNode(value: unknown): value is Node {
	return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function nameOf(value: unknown): string | null {
	return isNode(value) && value.type === "Identifier" && typeof value.value === "string" ? value.value : null;
}
