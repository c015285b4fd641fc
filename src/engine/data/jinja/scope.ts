// Scopes of template variables, the variable `loop`, and helpers that read nodes.

import { GLOBALS } from "./globals.ts";
import type { Node } from "./nodes.ts";
import { Callable, Namespace, TemplateError, type Value } from "./values.ts";

export class Scope {
	readonly variables = new Map<string, Value>();

	constructor(private readonly parent: Scope | null) {}

	get(name: string): Value {
		for (let scope: Scope | null = this; scope !== null; scope = scope.parent)
			if (scope.variables.has(name)) return scope.variables.get(name);
		return GLOBALS.get(name);
	}
}

/** The variable `loop` of iteration i. */
export function loopOf(items: readonly Value[], i: number, changed: Callable): Namespace {
	return new Namespace(
		new Map<string, Value>([
			["index", BigInt(i + 1)],
			["index0", BigInt(i)],
			["revindex", BigInt(items.length - i)],
			["revindex0", BigInt(items.length - i - 1)],
			["first", i === 0],
			["last", i === items.length - 1],
			["length", BigInt(items.length)],
			["previtem", items[i - 1]],
			["nextitem", items[i + 1]],
			["depth", 1n],
			["depth0", 0n],
			["changed", changed],
			["cycle", new Callable("cycle", (args) => args[i % args.length])],
		]),
	);
}

export function nameOf(node: Node): string {
	if (node.type === "Identifier" || node.type === "StringLiteral") return node.value;
	throw new TemplateError(`a name is expected, not ${node.type}`);
}

/** The source of an expression that consists of names, such as message.content */
export function described(node: Node): string {
	if (node.type === "Identifier") return `'${node.value}'`;
	if (
		node.type === "MemberExpression" &&
		(node.property.type === "Identifier" || node.property.type === "StringLiteral")
	)
		return `${described(node.object).slice(0, -1)}.${node.property.value}'`;
	return "'a value'";
}

/** Whether a macro reads `kwargs`, and so accepts any keyword argument. */
export function usesKwargs(body: unknown): boolean {
	if (typeof body !== "object" || body === null) return false;
	if ("type" in body && body.type === "Identifier" && "value" in body && body.value === "kwargs") return true;
	if (body instanceof Map) return [...body].some(usesKwargs);
	return Object.values(body).some(usesKwargs);
}
