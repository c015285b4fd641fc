// The characters that an atom of a regular expression matches. JavaScript's own engine decides it once for each character.

import type { Flags } from "./parse.ts";

const PAGE = 256;
const UNKNOWN = 0;
const YES = 1;
const NO = 2;

export class CharSet {
	/** What is known of the characters, 256 at a time. */
	private readonly pages: (Uint8Array | undefined)[] = [];
	private readonly pattern: RegExp;

	constructor(source: string, { ignoreCase, dotAll }: Flags) {
		this.pattern = new RegExp(`^${source}$`, `u${ignoreCase ? "i" : ""}${dotAll ? "s" : ""}`);
	}

	has(code: number): boolean {
		const known = this.pages[code >> 8]?.[code & (PAGE - 1)] ?? UNKNOWN;
		return known === UNKNOWN ? this.decide(code) : known === YES;
	}

	private decide(code: number): boolean {
		this.pages[code >> 8] ??= new Uint8Array(PAGE);
		const matches = this.pattern.test(String.fromCodePoint(code));
		(this.pages[code >> 8] as Uint8Array)[code & (PAGE - 1)] = matches ? YES : NO;
		return matches;
	}
}
