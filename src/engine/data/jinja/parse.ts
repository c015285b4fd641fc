// Parses a chat template with @huggingface/jinja, after rewriting what its parser does not know.

import { parse, tokenize } from "@huggingface/jinja";
import type { Node } from "./nodes.ts";

/** The library removes the {% generation %} tags; as call blocks of this name they stay. */
export const GENERATION = "tabtune_generation";
/** `x is divisibleby(3)` becomes a filter of this prefix, because the library's tests have no arguments. */
export const TEST_PREFIX = "tabtune_is_";

type Token = ReturnType<typeof tokenize>[number];

/** @throws SyntaxError, or another Error of the library, if `source` is not a valid template */
export function parseTemplate(source: string): readonly Node[] {
	const marked = source
		.replace(/(\{%[-+]?\s*)generation(\s*[-+]?%\})/g, `$1call ${GENERATION}()$2`)
		.replace(/(\{%[-+]?\s*)endgeneration(\s*[-+]?%\})/g, "$1endcall$2");
	// transformers compiles with trim_blocks and lstrip_blocks (utils/chat_template_utils.py).
	const program = parse(testsWithArguments(tokenize(marked, { trim_blocks: true, lstrip_blocks: true })));
	// The library does not export the types of its nodes.
	return (program as unknown as { body: readonly Node[] }).body;
}

/** The tests that take an argument without parentheses: `x is sameas true`, `x is in [1, 2]`. */
const WITH_ARGUMENT = /^(divisibleby|eq|equalto|ne|gt|greaterthan|ge|lt|lessthan|le|in|sameas)$/;

function testsWithArguments(tokens: Token[]): Token[] {
	const made: Token[] = [];
	for (let i = 0; i < tokens.length; i++) {
		const negated = word(tokens[i + 1]) === "not";
		const at = i + (negated ? 2 : 1);
		const [name, next] = [word(tokens[at]), tokens[at + 1]];
		const inBlock = word(tokens[i]) === "is" && name !== null;
		if (!inBlock || next === undefined || !(next.type === "OpenParen" || WITH_ARGUMENT.test(name))) {
			made.push(tokens[i]);
			continue;
		}
		const end = operandEnd(tokens, at + 1);
		const argument = testsWithArguments(tokens.slice(at + 1, end));
		const parenthesised = next.type === "OpenParen";
		made.push(
			{ value: "|", type: "Pipe" },
			{ value: `${TEST_PREFIX}${negated ? "not_" : ""}${name}`, type: "Identifier" },
			...(parenthesised ? argument : [{ value: "(", type: "OpenParen" } as const, ...argument]),
			...(parenthesised ? [] : [{ value: ")", type: "CloseParen" } as const]),
		);
		i = end - 1;
	}
	return made;
}

function word(token: Token | undefined): string | null {
	return token?.type === "Identifier" ? token.value : null;
}

/** The index after an operand: a bracketed group, or a name or literal with its members. */
function operandEnd(tokens: readonly Token[], start: number): number {
	let depth = 0;
	for (let i = start; i < tokens.length; i++) {
		const { type } = tokens[i];
		if (type.startsWith("Open")) depth++;
		if (type.startsWith("Close")) depth--;
		const next = tokens[i + 1]?.type;
		if (depth === 0 && type !== "Dot" && next !== "Dot" && next !== "OpenSquareBracket") return i + 1;
	}
	return tokens.length;
}
