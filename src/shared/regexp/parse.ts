// Parses a regular expression of JavaScript with the flag u (ECMA-262, 22.2.1). The text is known to be valid.

export interface Flags {
	readonly ignoreCase: boolean;
	readonly dotAll: boolean;
	readonly multiline: boolean;
}

export type Node =
	/** One character: a literal, a class or an escape, as written. */
	| { readonly kind: "set"; readonly source: string; readonly flags: Flags }
	| { readonly kind: "sequence"; readonly items: readonly Node[] }
	| { readonly kind: "choice"; readonly options: readonly Node[] }
	| {
			readonly kind: "repeat";
			readonly body: Node;
			readonly min: number;
			readonly max: number;
			readonly greedy: boolean;
			/** Groups in the body, which every iteration clears. */
			readonly groups: readonly [from: number, to: number];
	  }
	| { readonly kind: "group"; readonly index: number; readonly body: Node }
	| { readonly kind: "look"; readonly behind: boolean; readonly negative: boolean; readonly body: Node }
	| { readonly kind: "position"; readonly at: "start" | "end" | "boundary" | "inside"; readonly flags: Flags }
	| { readonly kind: "reference"; readonly to: number | string; readonly ignoreCase: boolean };

export interface Parsed {
	readonly root: Node;
	/** Number of capturing groups. */
	readonly groups: number;
	readonly names: ReadonlyMap<string, readonly number[]>;
}

/** Groups within groups, which the parser and the compiler visit recursively. */
const DEEPEST = 250;

/** @returns null for groups nested deeper than DEEPEST */
export function parseRegExp(source: string, flags: Flags): Parsed | null {
	const parser = new Parser(source, flags);
	const root = parser.choice();
	return root === null ? null : { root, groups: parser.groups, names: parser.names };
}

/** Sticky, so that reading at an index copies nothing. */
const ESCAPE =
	/\\(?:u\{[^}]*\}|u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|c[A-Za-z]|[pP]\{[^}]*\}|.)/suy;
const CLASS = /\[(?:[^\\\]]|\\.)*\]/suy;
const QUANTIFIER = /(?:([*+?])|\{(\d+)(,?)(\d*)\})(\??)/y;
const GROUP = /\((?:\?(?:<(?![=!])([^>]+)>|(:|=|!|<=|<!)|([ims]*)(?:-([ims]*))?:))?/y;
const REFERENCE = /\\(?:([1-9]\d*)|k<([^>]+)>)/y;

class Parser {
	groups = 0;
	readonly names = new Map<string, number[]>();
	private at = 0;
	private depth = 0;

	constructor(
		private readonly source: string,
		private flags: Flags,
	) {}

	/** Alternatives up to a closing parenthesis or the end. */
	choice(): Node | null {
		if (++this.depth > DEEPEST) return null;
		const options: Node[] = [];
		do {
			const items = this.sequence();
			if (items === null) return null;
			options.push(items.length === 1 ? items[0] : { kind: "sequence", items });
		} while (this.taken("|"));
		this.depth--;
		return options.length === 1 ? options[0] : { kind: "choice", options };
	}

	private sequence(): Node[] | null {
		const items: Node[] = [];
		while (this.at < this.source.length && this.source[this.at] !== "|" && this.source[this.at] !== ")") {
			const before = this.groups;
			const atom = this.atom();
			if (atom === null) return null;
			items.push(this.quantified(atom, before));
		}
		return items;
	}

	private quantified(body: Node, before: number): Node {
		const found = this.matched(QUANTIFIER);
		if (found === null) return body;
		const [, sign, least, comma, most, lazy] = found;
		const [min, max] =
			sign === undefined
				? [Number(least), comma === "" ? Number(least) : most === "" ? Number.POSITIVE_INFINITY : Number(most)]
				: [sign === "+" ? 1 : 0, sign === "?" ? 1 : Number.POSITIVE_INFINITY];
		return { kind: "repeat", body, min, max, greedy: lazy === "", groups: [before + 1, this.groups] };
	}

	private atom(): Node | null {
		const { flags } = this;
		const char = this.source[this.at];
		if (char === "(") return this.group();
		if (char === "^" || char === "$") {
			this.at++;
			return { kind: "position", at: char === "^" ? "start" : "end", flags };
		}
		if (char === "\\") {
			const reference = this.matched(REFERENCE);
			if (reference !== null) {
				const [, number, name] = reference;
				return { kind: "reference", to: number === undefined ? name : Number(number), ignoreCase: flags.ignoreCase };
			}
			if (this.taken("\\b")) return { kind: "position", at: "boundary", flags };
			if (this.taken("\\B")) return { kind: "position", at: "inside", flags };
		}
		const found = this.matched(char === "[" ? CLASS : ESCAPE);
		const source = found?.[0] ?? String.fromCodePoint(this.source.codePointAt(this.at) ?? 0);
		if (found === null) this.at += source.length;
		return { kind: "set", source, flags };
	}

	private group(): Node | null {
		const [start = "(", name, sign, on, off = ""] = this.matched(GROUP) ?? [];
		const index = start === "(" || name !== undefined ? ++this.groups : 0;
		if (name !== undefined) this.names.set(name, [...(this.names.get(name) ?? []), index]);
		const { flags } = this;
		if (on !== undefined) {
			const has = (before: boolean, flag: string) => (before || on.includes(flag)) && !off.includes(flag);
			this.flags = {
				ignoreCase: has(flags.ignoreCase, "i"),
				dotAll: has(flags.dotAll, "s"),
				multiline: has(flags.multiline, "m"),
			};
		}
		const body = this.choice();
		this.flags = flags;
		this.at++; // the closing parenthesis
		if (body === null) return null;
		if (index > 0) return { kind: "group", index, body };
		if (sign === undefined || sign === ":") return body;
		return { kind: "look", behind: sign.startsWith("<"), negative: sign.endsWith("!"), body };
	}

	private matched(pattern: RegExp): RegExpExecArray | null {
		pattern.lastIndex = this.at;
		const found = pattern.exec(this.source);
		this.at += found?.[0].length ?? 0;
		return found;
	}

	private taken(part: string): boolean {
		if (!this.source.startsWith(part, this.at)) return false;
		this.at += part.length;
		return true;
	}
}
