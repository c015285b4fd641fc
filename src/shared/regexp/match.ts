// Matches a compiled regular expression as JavaScript's engine does, by backtracking, and counts its steps.

import {
	ACCEPT,
	AGAIN,
	BOUNDARY,
	CHAR,
	END,
	JUMP,
	LOOK,
	LOOP,
	type Program,
	REFERENCE,
	RUN,
	SAVE,
	SPLIT,
	START,
	UNBOUNDED,
	ZERO,
} from "./program.ts";

/** What to try or restore when a path fails, four numbers each: kind, and three values. */
const BRANCH = 0; // instruction, position
const RESTORE = 1; // slot, value
const SHORTER = 2; // instruction, shortest end, end
const LONGER = 3; // instruction of RUN, end, characters left
const FRAME = 4;
const MOST_FRAMES = 1_000_000;

const UNSET = -1;

export class Matcher {
	/** Start and end of the match and of each group, then the registers of loops. -1 for a group without a match. */
	readonly slots: Int32Array;
	private stack = new Int32Array(FRAME * 64);
	private height = 0;
	private nextInstruction = 0;
	private nextPosition = 0;

	/** @param steps how many steps the matcher may take in all */
	constructor(
		private readonly program: Program,
		private readonly text: string,
		public steps: number,
	) {
		this.slots = new Int32Array(program.slots);
	}

	/** Whether the program matches at `start`. @returns null once no steps are left */
	matchAt(start: number): boolean | null {
		this.slots.fill(UNSET);
		this.height = 0;
		this.slots[0] = start;
		return this.run(0, start);
	}

	private push(kind: number, a: number, b: number, c: number): void {
		if (this.height + FRAME > this.stack.length) {
			if (this.height >= FRAME * MOST_FRAMES) this.steps = 0;
			else {
				const larger = new Int32Array(this.stack.length * 2);
				larger.set(this.stack);
				this.stack = larger;
			}
		}
		const { stack, height } = this;
		stack[height] = kind;
		stack[height + 1] = a;
		stack[height + 2] = b;
		stack[height + 3] = c;
		this.height = height + FRAME;
	}

	private store(slot: number, value: number): void {
		this.push(RESTORE, slot, this.slots[slot], 0);
		this.slots[slot] = value;
	}

	/** The position after the character at `at`, or before it; -1 if it is none of the set. */
	private step(set: number, back: number, at: number): number {
		const { text } = this;
		let code: number;
		let next: number;
		if (back === 0) {
			if (at >= text.length) return -1;
			code = text.charCodeAt(at);
			next = at + 1;
			if (code >= 0xd800 && code < 0xe000) {
				code = text.codePointAt(at) as number;
				if (code > 0xffff) next++;
			}
		} else {
			next = this.before(at);
			if (next < 0) return -1;
			code = text.codePointAt(next) as number;
			if (code > 0xffff && next + 1 === at) code = text.charCodeAt(next);
		}
		return this.program.sets[set].has(code) ? next : -1;
	}

	/** The position of the character that ends at `at`; -1 at the start. */
	private before(at: number): number {
		const { text } = this;
		const low = text.charCodeAt(at - 1);
		const pair = low >= 0xdc00 && low < 0xe000 && at > 1 && (text.codePointAt(at - 2) as number) > 0xffff;
		return at - (pair ? 2 : 1);
	}

	private run(from: number, start: number): boolean | null {
		const { program, text, slots } = this;
		const { code } = program;
		const base = this.height;
		let pc = from;
		let at = start;
		for (;;) {
			if (--this.steps < 0) return null;
			let ok = true;
			switch (code[pc]) {
				case CHAR: {
					const next = this.step(code[pc + 1], code[pc + 2], at);
					ok = next >= 0;
					at = next;
					pc += 3;
					break;
				}
				case RUN:
					at = this.repeated(pc, at);
					ok = at >= 0;
					pc += 6;
					break;
				case SPLIT: {
					const [first, second] = [code[pc + 1], code[pc + 2]];
					if (this.failsAt(first, at)) pc = second;
					else {
						this.push(BRANCH, second, at, 0);
						pc = first;
					}
					break;
				}
				case JUMP:
					pc = code[pc + 1];
					break;
				case SAVE:
					this.store(code[pc + 1], at);
					pc += 2;
					break;
				case ZERO:
					this.store(code[pc + 1], 0);
					pc += 2;
					break;
				case LOOP: {
					const [register, end, body] = [code[pc + 1], code[pc + 5], pc + 8];
					const count = slots[register];
					const more = count < code[pc + 3] || code[pc + 3] === UNBOUNDED;
					if (!more) pc = end;
					else if (count >= code[pc + 2] && code[pc + 4] === 0) {
						this.push(BRANCH, -pc, at, 0); // a negative instruction starts the iteration
						pc = end;
					} else {
						if (count >= code[pc + 2]) this.push(BRANCH, end, at, 0);
						this.iterate(pc, at);
						pc = body;
					}
					break;
				}
				case AGAIN: {
					const register = code[pc + 1];
					const count = slots[register];
					ok = count < code[pc + 2] || slots[register + 1] !== at;
					if (ok) this.store(register, count + 1);
					pc = code[pc + 3];
					break;
				}
				case LOOK: {
					const found = this.look(pc, at);
					if (found === null) return null;
					ok = found;
					pc = code[pc + 2];
					break;
				}
				case START:
					ok = at === 0 || (code[pc + 1] === 1 && isLineEnd(text.charCodeAt(at - 1)));
					pc += 2;
					break;
				case END:
					ok = at === text.length || (code[pc + 1] === 1 && isLineEnd(text.charCodeAt(at)));
					pc += 2;
					break;
				case BOUNDARY: {
					const words = code[pc + 1];
					const boundary = this.step(words, 1, at) >= 0 !== this.step(words, 0, at) >= 0;
					ok = boundary === (code[pc + 2] === 0);
					pc += 3;
					break;
				}
				case REFERENCE:
					at = this.referred(pc, at);
					ok = at >= 0;
					pc += 4;
					break;
				case ACCEPT:
					slots[1] = from === 0 ? at : slots[1];
					return true;
			}
			if (ok) continue;
			if (!this.backtrack(base)) return false;
			pc = this.nextInstruction;
			at = this.nextPosition;
			if (pc < 0) {
				pc = -pc;
				this.iterate(pc, at);
				pc += 8;
			}
		}
	}

	/** Whether an instruction fails at once, so that nothing has to be kept for it. */
	private failsAt(pc: number, at: number): boolean {
		const { code } = this.program;
		const needs = code[pc] === CHAR || (code[pc] === RUN && code[pc + 3] > 0);
		return needs && this.step(code[pc + 1], code[pc + 2], at) < 0;
	}

	/** Starts an iteration of a loop: its groups are without a match again. */
	private iterate(pc: number, at: number): void {
		const { code } = this.program;
		this.store(code[pc + 1] + 1, at);
		for (let group = code[pc + 6]; group <= code[pc + 7]; group++) {
			this.steps--;
			if (this.slots[2 * group] !== UNSET) this.store(2 * group, UNSET);
			if (this.slots[2 * group + 1] !== UNSET) this.store(2 * group + 1, UNSET);
		}
	}

	/** A character again and again. @returns the end that is tried first, or -1 */
	private repeated(pc: number, start: number): number {
		const { code } = this.program;
		const [set, back, min, max] = [code[pc + 1], code[pc + 2], code[pc + 3], code[pc + 4]];
		const greedy = code[pc + 5] === 1;
		const until = greedy ? (max === UNBOUNDED ? Number.POSITIVE_INFINITY : max) : min;
		let at = start;
		let count = 0;
		let shortest = start;
		const { text } = this;
		const characters = this.program.sets[set];
		for (; count < until; count++) {
			const code = back === 0 && at < text.length ? text.charCodeAt(at) : 0xd800;
			if (code < 0xd800 || code > 0xdfff) {
				if (!characters.has(code)) break;
				at++;
			} else {
				const next = this.step(set, back, at);
				if (next < 0) break;
				at = next;
			}
			if (count < min) shortest = at;
		}
		this.steps -= count;
		if (count < min) return -1;
		if (greedy) {
			if (at !== shortest) this.push(SHORTER, pc, shortest, at);
		} else if (min < max) this.push(LONGER, pc, at, max === UNBOUNDED ? max : max - min);
		return at;
	}

	/** Undoes what the failed path did, and sets instruction and position of the next. @returns whether there is one above `base` */
	private backtrack(base: number): boolean {
		const { stack, slots } = this;
		const { code } = this.program;
		while (this.height > base) {
			const top = this.height - FRAME;
			this.height = top;
			const a = stack[top + 1];
			const b = stack[top + 2];
			const c = stack[top + 3];
			switch (stack[top]) {
				case RESTORE:
					slots[a] = b;
					break;
				case BRANCH:
					return this.goOn(a, b);
				case SHORTER: {
					const end = code[a + 2] === 0 ? this.before(c) : c + this.widthAt(c);
					if (end !== b) this.push(SHORTER, a, b, end);
					return this.goOn(a + 6, end);
				}
				case LONGER: {
					const next = this.step(code[a + 1], code[a + 2], b);
					if (next < 0) break;
					const left = c === UNBOUNDED ? c : c - 1;
					if (left > 0) this.push(LONGER, a, next, left);
					return this.goOn(a + 6, next);
				}
			}
		}
		return false;
	}

	private goOn(instruction: number, position: number): true {
		this.nextInstruction = instruction;
		this.nextPosition = position;
		return true;
	}

	private widthAt(at: number): number {
		return (this.text.codePointAt(at) as number) > 0xffff ? 2 : 1;
	}

	/** A lookaround: its groups stay where it matches, its other paths do not. */
	private look(pc: number, at: number): boolean | null {
		const { code } = this.program;
		const { slots } = this;
		const base = this.height;
		const before = slots.slice();
		this.steps -= slots.length >> 4;
		const found = this.run(pc + 3, at);
		if (found === null) return null;
		this.height = base;
		const negative = code[pc + 1] === 1;
		if (!found || negative) {
			slots.set(before);
			return found !== negative;
		}
		before.forEach((old, slot) => {
			if (slots[slot] !== old) this.push(RESTORE, slot, old, 0);
		});
		return true;
	}

	/** The position after the text of a group, or before it; the same position for a group without a match; -1 for another text. */
	private referred(pc: number, at: number): number {
		const { code, references } = this.program;
		const { slots, text } = this;
		const group = references[code[pc + 1]].find((one) => slots[2 * one] !== UNSET && slots[2 * one + 1] !== UNSET);
		if (group === undefined) return at;
		const captured = text.slice(slots[2 * group], slots[2 * group + 1]);
		this.steps -= captured.length >> 2;
		const [from, to] = code[pc + 2] === 0 ? [at, at + captured.length] : [at - captured.length, at];
		if (from < 0 || to > text.length) return -1;
		const here = text.slice(from, to);
		const same = here === captured || (code[pc + 3] === 1 && here.toLowerCase() === captured.toLowerCase());
		return same ? (code[pc + 2] === 0 ? to : from) : -1;
	}
}

const isLineEnd = (code: number): boolean => code === 10 || code === 13 || code === 0x2028 || code === 0x2029;
