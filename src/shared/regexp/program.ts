// Compiles a parsed regular expression to instructions for a backtracking matcher (match.ts).

import { CharSet } from "./char-set.ts";
import { type Flags, type Node, type Parsed, parseRegExp } from "./parse.ts";

/** Instructions: a number of these, then as many operands as the comment names. `back` is 1 in a lookbehind. */
export const CHAR = 0; // set, back
export const RUN = 1; // set, back, min, max, greedy: one character again and again
export const SPLIT = 2; // first, second: tries the instructions at `first`, then those at `second`
export const JUMP = 3; // to
export const SAVE = 4; // slot: the position
export const LOOP = 5; // register, min, max, greedy, end, first group, last group: starts an iteration or jumps to `end`
export const AGAIN = 6; // register, min, to: ends an iteration
export const ZERO = 7; // register
export const LOOK = 8; // negative, to: the instructions up to ACCEPT follow
export const START = 9; // multiline
export const END = 10; // multiline
export const BOUNDARY = 11; // set of word characters, inside
export const REFERENCE = 12; // list of groups, back, set of flags: 1 for i
export const ACCEPT = 13;

/** max of a repetition without a bound. */
export const UNBOUNDED = 0x7fffffff;

export interface Program {
	readonly code: Int32Array;
	readonly sets: readonly CharSet[];
	/** Groups of the backward references, by name or number. */
	readonly references: readonly (readonly number[])[];
	/** Positions of groups, two each, then two registers for each loop: iterations and where the last one began. */
	readonly slots: number;
	readonly groups: number;
	readonly names: ReadonlyMap<string, readonly number[]>;
	/** Whether a match can only start at the start of the text. */
	readonly anchored: boolean;
}

/** The most characters of an expression. */
export const LONGEST = 20_000;
/** The most distinct classes, each of which is an expression of JavaScript's engine. */
const MOST_SETS = 2000;

/** @returns null for an expression that is too large or too deep */
export function compileProgram(source: string, flags: Flags): Program | null {
	const parsed = parseRegExp(source, flags);
	if (parsed === null) return null;
	const compiler = new Compiler(parsed);
	compiler.emit(parsed.root, 0);
	compiler.code.push(ACCEPT);
	if (compiler.sets.length > MOST_SETS) return null;
	return {
		code: Int32Array.from(compiler.code),
		sets: compiler.sets,
		references: compiler.references,
		slots: compiler.slots,
		groups: parsed.groups,
		names: parsed.names,
		anchored: compiler.code[0] === START && compiler.code[1] === 0,
	};
}

class Compiler {
	readonly code: number[] = [];
	readonly sets: CharSet[] = [];
	readonly references: (readonly number[])[] = [];
	slots: number;
	private readonly known = new Map<string, number>();

	constructor(private readonly parsed: Parsed) {
		this.slots = 2 * (parsed.groups + 1);
	}

	private set(source: string, flags: Flags): number {
		const key = `${flags.ignoreCase}${flags.dotAll}${source}`;
		const index = this.known.get(key) ?? this.sets.push(new CharSet(source, flags)) - 1;
		this.known.set(key, index);
		return index;
	}

	emit(node: Node, back: 0 | 1): void {
		const { code } = this;
		switch (node.kind) {
			case "set":
				code.push(CHAR, this.set(node.source, node.flags), back);
				break;
			case "sequence":
				for (const item of back === 1 ? node.items.toReversed() : node.items) this.emit(item, back);
				break;
			case "choice": {
				const ends: number[] = [];
				node.options.forEach((option, i) => {
					if (i === node.options.length - 1) return this.emit(option, back);
					const split = code.push(SPLIT, code.length + 3, 0);
					this.emit(option, back);
					ends.push(code.push(JUMP, 0) - 1);
					code[split - 1] = code.length;
				});
				for (const end of ends) code[end] = code.length;
				break;
			}
			case "group":
				code.push(SAVE, 2 * node.index + back);
				this.emit(node.body, back);
				code.push(SAVE, 2 * node.index + 1 - back);
				break;
			case "look": {
				const to = code.push(LOOK, node.negative ? 1 : 0, 0) - 1;
				this.emit(node.body, node.behind ? 1 : 0);
				code.push(ACCEPT);
				code[to] = code.length;
				break;
			}
			case "position":
				if (node.at === "start" || node.at === "end")
					code.push(node.at === "start" ? START : END, node.flags.multiline ? 1 : 0);
				else code.push(BOUNDARY, this.set("\\w", node.flags), node.at === "inside" ? 1 : 0);
				break;
			case "reference": {
				const groups = typeof node.to === "number" ? [node.to] : (this.parsed.names.get(node.to) ?? []);
				code.push(REFERENCE, this.references.push(groups) - 1, back, node.ignoreCase ? 1 : 0);
				break;
			}
			case "repeat":
				this.repeat(node, back);
		}
	}

	private repeat({ body, min, max, greedy, groups }: Extract<Node, { kind: "repeat" }>, back: 0 | 1): void {
		const { code } = this;
		const [least, most] = [Math.min(min, UNBOUNDED), Math.min(max, UNBOUNDED)];
		if (body.kind === "set") {
			code.push(RUN, this.set(body.source, body.flags), back, least, most, greedy ? 1 : 0);
			return;
		}
		const register = this.slots;
		this.slots += 2;
		code.push(ZERO, register);
		const start = code.length;
		const end = code.push(LOOP, register, least, most, greedy ? 1 : 0, 0, ...groups) - 3;
		this.emit(body, back);
		code.push(AGAIN, register, least, start);
		code[end] = code.length;
	}
}
