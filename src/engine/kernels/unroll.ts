// Unrolls the marked loops of a kernel before compilation. The WGSL files are valid without it, but compilers of some
// adapters keep `array` registers in memory and never unroll, which is ten times slower. Marks, at line ends:
// `for (var i = 0u; i < ROWS; i++) { // unrolled` and `var acc: array<f32, ROWS * COLUMNS>; // registers`.

type Scope = Readonly<Record<string, number>>;

/**
 * Unrolls the marked loops and replaces marked arrays by single variables.
 * @param constants the constants that are prepended to the source; its `const NAME = …;` lines are read too.
 */
export function unroll(source: string, constants: Scope): string {
	const lines = source.split("\n").map((line) => (MARKED.test(line) ? line : line.replace(/\s*\/\/.*$/, "")));
	const scope: Record<string, number> = { ...constants };
	for (const line of lines) {
		const own = /^const (\w+) = (.+);$/.exec(line);
		if (own !== null) scope[own[1]] = evaluate(own[2], scope);
	}
	return expandLines(lines, scope).join("\n");
}

const MARKED = /\/\/ (unrolled|registers)$/;
const LOOP = /^(\t*)for \(var (\w+) = (\d+)u; \2 < (.+); \2\+\+\) \{ \/\/ unrolled$/;
const REGISTERS = /^(\t*)var (\w+): array<(\w+), (.+)>; \/\/ registers$/;

function expandLines(lines: readonly string[], scope: Scope): string[] {
	const registers = new Set<string>();
	for (const line of lines) {
		const match = REGISTERS.exec(line);
		if (match !== null) registers.add(match[2]);
	}
	const out: string[] = [];
	const expand = (block: readonly string[], variables: Scope): void => {
		for (let i = 0; i < block.length; i++) {
			const declared = REGISTERS.exec(block[i]);
			const loop = LOOP.exec(block[i]);
			if (declared !== null) {
				const [, indent, name, type, size] = declared;
				for (let n = 0; n < evaluate(size, variables); n++) out.push(`${indent}var ${name}_${n}: ${type};`);
			} else if (loop !== null) {
				const [, indent, name, first, bound] = loop;
				const end = block.indexOf(`${indent}}`, i);
				if (end < 0) throw new Error(`no end of the loop over ${name}`);
				const body = block.slice(i + 1, end);
				const scoped = body.some((line) => /^\s*(let|var) /.test(line));
				for (let n = Number(first); n < evaluate(bound, variables); n++) {
					if (scoped) out.push(`${indent}{`);
					expand(body, { ...variables, [name]: n });
					if (scoped) out.push(`${indent}}`);
				}
				i = end;
			} else out.push(substitute(block[i], variables, scope, registers));
		}
	};
	expand(lines, scope);
	return out;
}

/** Replaces loop variables by numbers and elements of register arrays by variables. */
function substitute(line: string, variables: Scope, outer: Scope, registers: ReadonlySet<string>): string {
	let text = line;
	for (const [name, value] of Object.entries(variables)) {
		if (!(name in outer)) text = text.replace(new RegExp(`\\b${name}\\b`, "g"), `${value}u`);
	}
	let out = "";
	for (;;) {
		const match = /\b(\w+)\[/.exec(text);
		if (match === null) return out + text;
		const open = match.index + match[1].length;
		const close = closing(text, open);
		const index = text.slice(open + 1, close);
		if (registers.has(match[1])) {
			out += `${text.slice(0, match.index)}${match[1]}_${evaluate(index, variables)}`;
		} else {
			out += `${text.slice(0, open + 1)}${substitute(index, {}, outer, registers)}]`;
		}
		text = text.slice(close + 1);
	}
}

function closing(text: string, open: number): number {
	let depth = 0;
	for (let i = open; i < text.length; i++) {
		if (text[i] === "[") depth++;
		if (text[i] === "]" && --depth === 0) return i;
	}
	throw new Error(`no closing bracket in: ${text}`);
}

/** Evaluates integers, names, + - * / % ^ and parentheses with C's precedence. */
export function evaluate(expression: string, scope: Scope): number {
	const tokens = expression.match(/\w+|[-+*/%^()]/g) ?? [];
	let at = 0;
	const operand = (): number => {
		const token = tokens[at++];
		if (token === "(") {
			const value = level(0);
			if (tokens[at++] !== ")") throw new Error(`missing ) in ${expression}`);
			return value;
		}
		if (token !== undefined && /^\d+u?$/.test(token)) return Number.parseInt(token, 10);
		const value = token === undefined ? undefined : scope[token];
		if (value === undefined) throw new Error(`${token} in "${expression}" is not a constant`);
		return value;
	};
	const level = (depth: number): number => {
		if (depth === OPERATORS.length) return operand();
		let value = level(depth + 1);
		while (tokens[at] !== undefined && OPERATORS[depth].includes(tokens[at]))
			value = apply(tokens[at++], value, level(depth + 1));
		return value;
	};
	const value = level(0);
	if (at !== tokens.length) throw new Error(`cannot read "${expression}"`);
	return value;
}

const OPERATORS = [
	["^"],
	["+", "-"],
	["*", "/", "%"],
] as const satisfies readonly (readonly string[])[] as readonly (readonly string[])[];

function apply(operator: string, a: number, b: number): number {
	switch (operator) {
		case "^":
			return a ^ b;
		case "+":
			return a + b;
		case "-":
			return a - b;
		case "*":
			return a * b;
		case "/":
			return Math.floor(a / b);
		default:
			return a % b;
	}
}
