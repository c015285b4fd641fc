// Translates regular expressions of Python's `re` (3.11 and newer), which PEFT uses, to JavaScript's, for names without line breaks.
// Python's \d, \w and \s also match characters outside ASCII, which names of modules do not have.

import { TabTuneError } from "../../shared/errors.ts";
import { peftMessage } from "../../shared/messages/index.ts";
import { BoundedRegExp, refuseLongPattern } from "../../shared/regexp/bounded-regexp.ts";

/** `re.fullmatch`. @param setting the key whose value it is @throws TabTuneError "usage" for a pattern that cannot be read */
export const fullMatch = (pattern: string, setting: string): RegExp => compiled(pattern, setting, "$");

/** `re.match`, whose groups are named group1, group2, …. @throws as fullMatch */
export const matchStart = (pattern: string, setting: string): RegExp => compiled(pattern, setting, "");

/** Expressions that were compiled before, because each is matched against every module. A full cache is cleared. */
const known = new Map<string, RegExp>();
const MOST_KNOWN = 20_000;

function compiled(pattern: string, setting: string, end: string): RegExp {
	const key = JSON.stringify([pattern, setting, end]);
	let regexp = known.get(key);
	if (regexp === undefined) {
		regexp = compile(pattern, setting, end);
		if (known.size >= MOST_KNOWN) known.clear();
		known.set(key, regexp);
	}
	return regexp;
}

function compile(pattern: string, setting: string, end: string): RegExp {
	const origin = { code: "usage", where: setting } as const;
	refuseLongPattern(pattern, origin);
	try {
		const { source, flags } = translated(pattern);
		return new BoundedRegExp(`^(?:${source})${end}`, flags, origin);
	} catch (cause) {
		if (cause instanceof TabTuneError) throw cause;
		const construct = cause instanceof PatternError ? cause.construct : null;
		const quoted = JSON.stringify(pattern);
		throw new TabTuneError(
			"usage",
			{
				what:
					construct === null
						? peftMessage("badPattern", { pattern: quoted })
						: peftMessage("patternConstruct", { pattern: quoted, construct }),
				where: setting,
				next: peftMessage("badPattern.next"),
			},
			{ cause },
		);
	}
}

/** Thrown for an expression that Python refuses, or that has a construct without an equal in JavaScript. */
class PatternError extends Error {
	/** @param construct the construct that is not supported; null for an error in Python, too */
	constructor(readonly construct: string | null = null) {
		super(construct ?? "not a regular expression");
	}
}

/** @param source Python's expression @returns JavaScript's @throws PatternError */
function translated(source: string): { readonly source: string; readonly flags: string } {
	const reader = new Reader(source);
	const flags = reader.globalFlags();
	const text = reader.alternatives();
	if (!reader.ended()) throw new PatternError(); // a closing parenthesis too many
	return { source: text, flags };
}

const QUANTIFIER = /^(?:[*+?]|\{(?!\})(\d*)(,?)(\d*)\})/;
const escaped = (char: string): string => (/[\^$\\.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char);
const inClass = (char: string): string => (/[\\\]^[-]/.test(char) ? `\\${char}` : char);
const isLetter = (char: string): boolean => /^[A-Za-z]$/.test(char);
const otherCase = (char: string): string => (char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase());

type Kind = "position" | "lookaround" | "other";

class Reader {
	private at = 0;
	/** The kind of the atom that was read last: positions cannot be repeated. */
	private kind: Kind = "other";
	private verbose = false;
	private dotAll = false;
	/** In a group (?i:…); (?i) at the start is a flag of the JavaScript expression. */
	private ignoreCase = false;
	private ignoresCase = false;
	/** Number of capturing groups so far. Each is named by its number, since atomic groups add others. */
	private groups = 0;
	private atomic = 0;
	private readonly names = new Map<string, number>();
	private readonly open = new Set<number>();

	constructor(private readonly text: string) {}

	ended(): boolean {
		return this.at >= this.text.length;
	}

	/** Flags of the whole expression, which are at its start only. @returns those of the JavaScript expression */
	globalFlags(): string {
		for (let found = this.matched(/^\(\?([aimsux]+)\)/); found !== null; found = this.matched(/^\(\?([aimsux]+)\)/)) {
			this.verbose ||= found[1].includes("x");
			this.dotAll ||= found[1].includes("s");
			this.ignoresCase ||= found[1].includes("i");
		}
		return this.ignoresCase ? "iu" : "u";
	}

	/** Everything up to a closing parenthesis or the end. */
	alternatives(): string {
		let out = "";
		for (;;) {
			this.skip();
			if (this.ended() || this.text[this.at] === ")") return out;
			out += this.taken("|") ? "|" : this.quantified(this.atom());
		}
	}

	/** Skips comments and, in a verbose expression, white space. */
	private skip(): void {
		const nothing = this.verbose ? /^(?:\s+|#[^\n]*|\(\?#[^)]*\))+/ : /^(?:\(\?#[^)]*\))+/;
		this.matched(nothing);
	}

	private matched(pattern: RegExp): RegExpExecArray | null {
		const found = pattern.exec(this.text.slice(this.at));
		this.at += found?.[0].length ?? 0;
		return found;
	}

	private taken(part: string): boolean {
		if (!this.text.startsWith(part, this.at)) return false;
		this.at += part.length;
		return true;
	}

	private next(): string {
		if (this.ended()) throw new PatternError();
		const char = String.fromCodePoint(this.text.codePointAt(this.at) ?? 0);
		this.at += char.length;
		return char;
	}

	/** An atom with its quantifier. A possessive one is an atomic group. */
	private quantified(atom: string): string {
		const { kind } = this;
		this.skip();
		const found = this.matched(QUANTIFIER);
		if (found === null) return atom;
		if (kind === "position") throw new PatternError(); // nothing to repeat
		const [all, least, comma, most] = found;
		const quantifier = all.startsWith("{") ? `{${least || "0"}${comma}${most}}` : all;
		const repeated = `${kind === "lookaround" ? `(?:${atom})` : atom}${quantifier}`;
		const out = this.taken("+") ? this.once(repeated) : `${repeated}${this.taken("?") ? "?" : ""}`;
		this.skip();
		if (QUANTIFIER.test(this.text.slice(this.at))) throw new PatternError(); // multiple repeat
		return out;
	}

	/** An atomic group: what a lookahead matched is not matched again in another way. */
	private once(text: string): string {
		const name = `atomic${this.atomic++}`;
		return `(?:(?=(?<${name}>${text}))\\k<${name}>)`;
	}

	private atom(): string {
		this.kind = "other";
		if (this.taken("(")) return this.group();
		if (this.taken("[")) return this.set();
		if (this.taken("\\")) return this.escape(false);
		if (QUANTIFIER.test(this.text.slice(this.at))) throw new PatternError(); // nothing to repeat
		const char = this.next();
		if (char === ".") return this.dotAll ? "[^]" : ".";
		if (char === "^" || char === "$") {
			this.kind = "position";
			return char;
		}
		return this.literal(char);
	}

	private literal(char: string): string {
		return this.ignoreCase && isLetter(char) ? `[${char}${otherCase(char)}]` : escaped(char);
	}

	private group(): string {
		if (!this.taken("?")) return this.capturing();
		for (const start of [":", "=", "!", "<=", "<!"])
			if (this.taken(start)) return this.inside(`(?${start}`, start === ":" ? "other" : "lookaround");
		if (this.taken(">")) return this.once(this.inside("(?:"));
		const [, name] = this.matched(/^P<([A-Za-z_]\w*)>/) ?? [];
		if (name !== undefined) {
			if (this.names.has(name)) throw new PatternError();
			this.names.set(name, this.groups + 1);
			return this.capturing();
		}
		const [, of] = this.matched(/^P=([A-Za-z_]\w*)\)/) ?? [];
		if (of !== undefined) return this.backReference(this.names.get(of));
		const [scoped, on, off = ""] = this.matched(/^([aimsux]*)(?:-([imsx]+))?:/) ?? [];
		if (scoped === undefined) throw new PatternError(this.taken("(") ? "(?(" : null);
		if (off.includes("i") && this.ignoresCase) throw new PatternError("(?-i:");
		const turned = (before: boolean, flag: string) => (before || on.includes(flag)) && !off.includes(flag);
		const { verbose, dotAll, ignoreCase } = this;
		this.verbose = turned(verbose, "x");
		this.dotAll = turned(dotAll, "s");
		this.ignoreCase = turned(ignoreCase, "i");
		const text = this.inside("(?:");
		Object.assign(this, { verbose, dotAll, ignoreCase });
		return text;
	}

	private capturing(): string {
		const number = ++this.groups;
		this.open.add(number);
		const text = this.inside(`(?<group${number}>`);
		this.open.delete(number);
		return text;
	}

	private inside(start: string, kind: Kind = "other"): string {
		const text = this.alternatives();
		if (!this.taken(")")) throw new PatternError();
		this.kind = kind;
		return `${start}${text})`;
	}

	private backReference(group = 0): string {
		if (group === 0 || group > this.groups || this.open.has(group)) throw new PatternError();
		return `\\k<group${group}>`;
	}

	/** After a backslash. @param inSet whether it is in brackets */
	private escape(inSet: boolean): string {
		const octal = this.matched(inSet ? /^([0-3]?[0-7]{1,2})/ : /^(0[0-7]{0,2}|[1-3][0-7]{2})/);
		const [, x, u, U] =
			octal !== null ? [] : (this.matched(/^(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8}))/) ?? []);
		const point = octal !== null ? Number.parseInt(octal[1], 8) : Number.parseInt(x ?? u ?? U ?? "", 16);
		if (point > 0x10ffff) throw new PatternError();
		if (!Number.isNaN(point)) return `\\u{${point.toString(16)}}`;
		const [number] = (inSet ? null : this.matched(/^[1-9]\d?/)) ?? [];
		if (number !== undefined) return this.backReference(Number(number));
		const char = this.next();
		if (char === "N") throw new PatternError("\\N");
		if (char === "a") return "\\x07";
		if (/[dDwWsSfnrtv]/.test(char) || (inSet && char === "b")) return `\\${char}`;
		if (!inSet && /[bBAZz]/.test(char)) {
			this.kind = "position";
			return char === "A" ? "(?<![^])" : char === "b" || char === "B" ? `\\${char}` : "(?![^])";
		}
		if (/[A-Za-z0-9]/.test(char)) throw new PatternError(); // Python refuses unknown escapes
		return inSet ? inClass(char) : escaped(char);
	}

	private set(): string {
		let out = this.taken("^") ? "^" : "";
		for (let first = true; first || this.text[this.at] !== "]"; first = false) {
			const char = this.next();
			const from = char === "\\" ? this.escape(true) : inClass(char);
			if (this.text[this.at] !== "-" || this.text[this.at + 1] === "]" || this.at + 1 >= this.text.length) {
				out += this.ignoreCase && isLetter(from) ? `${from}${otherCase(from)}` : from;
				continue;
			}
			this.at++;
			const last = this.next();
			const to = last === "\\" ? this.escape(true) : inClass(last);
			out += `${from}-${to}`;
			if (this.ignoreCase && isLetter(from) && isLetter(to)) out += `${otherCase(from)}-${otherCase(to)}`;
		}
		this.at++;
		return `[${out}]`;
	}
}
