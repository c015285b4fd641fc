// Finds added tokens in text, as AddedVocabulary of the Rust tokenizers (tokenizer/added_vocabulary.rs): the leftmost, longest
// match of those that are matched in the original text, then of those that are matched in the normalised text.

import type { Normalizer } from "./normalizers.ts";

export interface AddedToken {
	readonly content: string;
	readonly single_word: boolean;
	readonly lstrip: boolean;
	readonly rstrip: boolean;
	readonly normalized: boolean;
}

/** A piece of text, or the added token it spells. */
export interface Section {
	readonly text: string;
	readonly token: string | null;
	/** Whether it starts at the beginning of the input. */
	readonly first: boolean;
}

const WORD_END = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;
const WORD_START = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const SPACE = /\p{White_Space}/u;

export class AddedVocabulary {
	private readonly original: Matcher;
	private readonly normalised: Matcher;

	constructor(
		tokens: readonly AddedToken[],
		private readonly normalize: Normalizer,
	) {
		const of = (normalized: boolean) => tokens.filter((token) => token.normalized === normalized);
		this.original = new Matcher(of(false).map((token) => [token.content, token]));
		this.normalised = new Matcher(of(true).map((token) => [normalize(token.content), token]));
	}

	/** The text as added tokens and the normalised text between them. */
	sections(text: string): Section[] {
		return this.original.split(text, true).flatMap((section) => {
			if (section.token !== null) return [section];
			return this.normalised.split(this.normalize(section.text), section.first);
		});
	}
}

interface Branch {
	readonly next: Map<string, Branch>;
	token: AddedToken | null;
}

class Matcher {
	private readonly root: Branch = { next: new Map(), token: null };

	constructor(spellings: readonly (readonly [string, AddedToken])[]) {
		for (const [spelling, token] of spellings) {
			let branch = this.root;
			for (let i = 0; i < spelling.length; i++) {
				const next: Branch = branch.next.get(spelling[i]) ?? { next: new Map(), token: null };
				branch.next.set(spelling[i], next);
				branch = next;
			}
			// Of two tokens with the same spelling, the first is found.
			if (branch !== this.root) branch.token ??= token;
		}
	}

	split(text: string, first: boolean): Section[] {
		const sections: Section[] = [];
		const add = (start: number, end: number, token: string | null) => {
			if (start < end) sections.push({ text: text.slice(start, end), token, first: first && start === 0 });
		};
		let done = 0;
		for (let at = 0; at < text.length; ) {
			const match = this.matchAt(text, at);
			if (match === null) {
				at++;
				continue;
			}
			const { token, end } = match;
			const inside =
				token.single_word &&
				(WORD_END.test(text.slice(Math.max(0, at - 2), at)) || WORD_START.test(text.slice(end, end + 2)));
			if (!inside) {
				let [start, stop] = [at, end];
				if (token.lstrip) while (start > done && SPACE.test(text[start - 1])) start--;
				if (token.rstrip) while (stop < text.length && SPACE.test(text[stop])) stop++;
				add(done, start, null);
				add(start, stop, token.content);
				done = stop;
			}
			at = Math.max(end, done);
		}
		add(done, text.length, null);
		return sections;
	}

	private matchAt(text: string, start: number): { token: AddedToken; end: number } | null {
		let branch: Branch | undefined = this.root;
		let found: { token: AddedToken; end: number } | null = null;
		for (let i = start; branch !== undefined; i++) {
			if (branch.token !== null) found = { token: branch.token, end: i };
			branch = i < text.length ? branch.next.get(text[i]) : undefined;
		}
		return found;
	}
}
