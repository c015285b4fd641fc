// A regular expression from a file or a link, with a bound on the work of matching it: JavaScript's own engine has none, and
// an expression such as (a+)+$ keeps it busy forever. The bound counts steps, so it is the same on every device.

import { type ErrorCode, TabTuneError } from "../errors.ts";
import { regexpMessage } from "../messages/index.ts";
import { Matcher } from "./match.ts";
import { compileProgram, LONGEST, type Program } from "./program.ts";

/** Steps of an expression: so many at first, and more for every character that it has passed. Three million take about 0.2 s. */
const STEPS = 3_000_000;
const STEPS_OF_CHARACTER = 300;
/** A shown expression is cut here. */
const MOST_SHOWN = 80;

/** Who is named when the expression takes too many steps. */
interface Origin {
	readonly code: ErrorCode;
	/** A setting or a file. */
	readonly where: string;
}

export class BoundedRegExp extends RegExp {
	private readonly program: Program;
	private steps = STEPS;
	/** Reused for the matches in one text. */
	private matcher: { readonly text: string; readonly matcher: Matcher } | null = null;

	/**
	 * @param flags u, and any of i, s, m and g
	 * @throws SyntaxError for an expression that is not valid; TabTuneError for one that is too large
	 */
	constructor(
		source: string,
		flags: string,
		private readonly origin: Origin,
	) {
		super(source, flags);
		const [ignoreCase, dotAll, multiline] = ["i", "s", "m"].map((flag) => flags.includes(flag));
		refuseLongPattern(source, origin);
		const program = compileProgram(source, { ignoreCase, dotAll, multiline });
		if (program === null) throw refusal("large", source, origin);
		this.program = program;
	}

	/** @throws TabTuneError once the expression has taken too many steps */
	override exec(text: string): RegExpExecArray | null {
		const from = this.global ? this.lastIndex : 0;
		if (this.matcher?.text !== text) this.matcher = { text, matcher: new Matcher(this.program, text, 0) };
		const { matcher } = this.matcher;
		matcher.steps = this.steps;
		const last = this.program.anchored ? 0 : text.length;
		let start = from;
		let found: boolean | null = false;
		while (start <= last && !found) {
			found = matcher.matchAt(start);
			if (found === null) throw refusal("slow", this.source, this.origin);
			if (!found) start += (text.codePointAt(start) ?? 0) > 0xffff ? 2 : 1;
		}
		const end = found ? matcher.slots[1] : text.length;
		this.steps = Math.min(STEPS, matcher.steps + STEPS_OF_CHARACTER * (Math.max(0, end - from) + 1));
		if (this.global) this.lastIndex = found ? end : 0;
		return found ? this.result(text, matcher.slots) : null;
	}

	override *[Symbol.matchAll](text: string): RegExpStringIterator<RegExpExecArray> {
		this.lastIndex = 0;
		for (let found = this.exec(text); found !== null; found = this.exec(text)) {
			if (found[0] === "") this.lastIndex += (text.codePointAt(this.lastIndex) ?? 0) > 0xffff ? 2 : 1;
			yield found;
		}
	}

	private result(text: string, slots: Int32Array): RegExpExecArray {
		const { groups, names } = this.program;
		const found = [text.slice(slots[0], slots[1])] as unknown as RegExpExecArray;
		for (let i = 1; i <= groups; i++) {
			const [start, end] = [slots[2 * i], slots[2 * i + 1]];
			found.push((start < 0 || end < 0 ? undefined : text.slice(start, end)) as string);
		}
		found.index = slots[0];
		found.input = text;
		found.groups = undefined;
		if (names.size > 0) {
			const texts = [...names].map(([name, of]) => [name, of.map((i) => found[i]).find((one) => one !== undefined)]);
			found.groups = Object.fromEntries(texts) as Record<string, string>;
		}
		return found;
	}
}

/** @throws TabTuneError for an expression that is too long to be rewritten or compiled */
export function refuseLongPattern(source: string, origin: Origin): void {
	if (source.length > LONGEST) throw refusal("large", source, origin);
}

function refusal(why: "slow" | "large", source: string, { code, where }: Origin): TabTuneError {
	const shown = source.length > MOST_SHOWN ? `${source.slice(0, MOST_SHOWN)}…` : source;
	return new TabTuneError(code, {
		what: regexpMessage(why, { pattern: JSON.stringify(shown) }),
		where,
		next: regexpMessage(`${why}.next`),
	});
}
