// Evaluates the syntax tree of @huggingface/jinja's parser with Python's semantics. The library's own interpreter prints,
// compares and adds values as JavaScript does, and its classes cannot be extended from outside. Templates are untrusted
// code, so steps, time and sizes are limited.

import { tokenizerMessage } from "../../../shared/messages/index.ts";
import type { MessageText } from "../../../shared/messages/message.ts";
import { filterNamed } from "./filters.ts";
import { MOST_ELEMENTS } from "./globals.ts";
import type { CallNode, CallStatementNode, ForNode, Node } from "./nodes.ts";
import { attributeOf, binary, itemOf, negated, sliceOf } from "./operators.ts";
import { GENERATION, TEST_PREFIX } from "./parse.ts";
import { described, loopOf, nameOf, Scope, usesKwargs } from "./scope.ts";
import { testNamed } from "./tests.ts";
import {
	asNumber,
	Callable,
	equal,
	iterate,
	Namespace,
	str,
	TemplateError,
	Tuple,
	truthy,
	typeName,
	type Value,
} from "./values.ts";

/** Maximum number of nodes evaluated per rendering, which takes a second or two. A turn needs a few dozen. */
const MOST_STEPS = 500_000;
/** Time limit per rendering, because single steps can be slow. */
const MOST_SECONDS = 5;
/** Maximum length of the output and of intermediate strings. */
const MOST_CHARACTERS = 16_000_000;

export class LimitError extends Error {
	constructor(readonly limit: MessageText) {
		super(typeof limit === "string" ? limit : limit.id);
	}
}

/** A half-open range of characters of the rendered text. */
export interface Span {
	readonly start: number;
	readonly end: number;
}

export interface Rendered {
	readonly text: string;
	/** What {% generation %} blocks wrote. */
	readonly generations: readonly Span[];
}

export function evaluateTemplate(program: readonly Node[], variables: ReadonlyMap<string, Value>): Rendered {
	return new Evaluator().render(program, variables);
}

class Output {
	text = "";

	write(text: string): void {
		this.text += text;
		if (this.text.length > MOST_CHARACTERS)
			throw new LimitError(tokenizerMessage("characters", { most: MOST_CHARACTERS }));
	}
}

class BreakLoop extends Error {}
class ContinueLoop extends Error {}

class Evaluator {
	private readonly root = new Output();
	private readonly generations: Span[] = [];
	private readonly started = performance.now();
	private steps = 0;

	render(program: readonly Node[], variables: ReadonlyMap<string, Value>): Rendered {
		const scope = new Scope(null);
		for (const [name, value] of variables) scope.variables.set(name, value);
		this.block(program, new Scope(scope), this.root);
		return { text: this.root.text, generations: this.generations };
	}

	private block(nodes: readonly Node[], scope: Scope, out: Output): void {
		for (const node of nodes) this.statement(node, scope, out);
	}

	private captured(nodes: readonly Node[], scope: Scope): string {
		const out = new Output();
		this.block(nodes, scope, out);
		return out.text;
	}

	private statement(node: Node, scope: Scope, out: Output): void {
		switch (node.type) {
			case "Comment":
				return;
			case "If":
				this.block(truthy(this.value(node.test, scope)) ? node.body : node.alternate, scope, out);
				return;
			case "For":
				this.loop(node, scope, out);
				return;
			case "Break":
				throw new BreakLoop();
			case "Continue":
				throw new ContinueLoop();
			case "Set": {
				const value = node.value === null ? this.captured(node.body, new Scope(scope)) : this.value(node.value, scope);
				this.assign(node.assignee, value, scope);
				return;
			}
			case "Macro":
				scope.variables.set(node.name.value, this.macro(node.name.value, node.args, node.body, scope));
				return;
			case "CallStatement":
				this.callBlock(node, scope, out);
				return;
			case "FilterStatement":
				out.write(str(this.filtered(this.captured(node.body, new Scope(scope)), node.filter, scope)));
				return;
			default:
				out.write(str(this.value(node, scope)));
		}
	}

	private loop(node: ForNode, scope: Scope, out: Output): void {
		const { iterable } = node;
		const test = iterable.type === "SelectExpression" ? iterable.test : null;
		const all = iterate(this.value(iterable.type === "SelectExpression" ? iterable.lhs : iterable, scope));
		const items = all.filter((item) => {
			if (test === null) return true;
			const inner = new Scope(scope);
			this.assign(node.loopvar, item, inner);
			return truthy(this.value(test, inner));
		});
		let last: Value;
		const changed = new Callable("changed", (args) => {
			const same = last !== undefined && equal(last, args);
			last = args;
			return !same;
		});
		let done = false;
		for (const [i, item] of items.entries()) {
			// Variables that are set in the loop end with the iteration.
			const inner = new Scope(scope);
			this.assign(node.loopvar, item, inner);
			inner.variables.set("loop", loopOf(items, i, changed));
			try {
				this.block(node.body, inner, out);
			} catch (error) {
				if (error instanceof ContinueLoop) continue;
				if (error instanceof BreakLoop) break;
				throw error;
			}
			done = true;
		}
		if (!done) this.block(node.defaultBlock, scope, out);
	}

	private assign(target: Node, value: Value, scope: Scope): void {
		if (target.type === "Identifier") scope.variables.set(target.value, value);
		else if (target.type === "TupleLiteral") {
			const items = iterate(value);
			if (items.length !== target.value.length)
				throw new TemplateError(
					items.length < target.value.length
						? `not enough values to unpack (expected ${target.value.length}, got ${items.length})`
						: `too many values to unpack (expected ${target.value.length})`,
				);
			target.value.forEach((part, i) => {
				this.assign(part, items[i], scope);
			});
		} else if (target.type === "MemberExpression" && target.property.type === "Identifier") {
			const object = this.value(target.object, scope);
			if (!(object instanceof Namespace)) throw new TemplateError("cannot assign attribute on non-namespace object");
			object.attributes.set(target.property.value, value);
		} else throw new TemplateError(`cannot assign to ${target.type}`);
	}

	private macro(name: string, parameters: readonly Node[], body: readonly Node[], scope: Scope): Callable {
		return new Callable(name, (args, kwargs) => {
			const inner = new Scope(scope);
			const rest = new Map(kwargs);
			const defaults: [string, Node][] = [];
			parameters.forEach((parameter, i) => {
				const key = parameter.type === "KeywordArgumentExpression" ? parameter.key.value : nameOf(parameter);
				const given = i < args.length || rest.has(key);
				inner.variables.set(key, i < args.length ? args[i] : rest.get(key));
				rest.delete(key);
				if (!given && parameter.type === "KeywordArgumentExpression") defaults.push([key, parameter.value]);
			});
			for (const [key, node] of defaults) inner.variables.set(key, this.value(node, inner));
			inner.variables.set("caller", rest.get("caller"));
			rest.delete("caller");
			inner.variables.set("varargs", Tuple.from(args.slice(parameters.length)) as Tuple);
			inner.variables.set("kwargs", new Map<Value, Value>(rest));
			if (rest.size > 0 && !usesKwargs(body))
				throw new TemplateError(`macro '${name}' takes no keyword argument '${[...rest.keys()][0]}'`);
			return this.captured(body, inner);
		});
	}

	private callBlock(node: CallStatementNode, scope: Scope, out: Output): void {
		const { call, callerArgs, body } = node;
		if (call.callee.type === "Identifier" && call.callee.value === GENERATION) {
			const start = this.root.text.length;
			const text = this.captured(body, new Scope(scope));
			this.generations.push({ start, end: start + text.length });
			out.write(text);
			return;
		}
		const caller = this.macro("caller", callerArgs ?? [], body, scope);
		const { args, kwargs } = this.argumentsOf(call, scope);
		out.write(str(this.invoke(call.callee, args, new Map([...kwargs, ["caller", caller]]), scope)));
	}

	private value(node: Node, scope: Scope): Value {
		if (++this.steps > MOST_STEPS) throw new LimitError(tokenizerMessage("steps", { most: MOST_STEPS }));
		if (performance.now() - this.started > MOST_SECONDS * 1000)
			throw new LimitError(tokenizerMessage("seconds", { most: MOST_SECONDS }));
		const value = this.evaluate(node, scope);
		if (typeof value === "string" && value.length > MOST_CHARACTERS)
			throw new LimitError(tokenizerMessage("characters", { most: MOST_CHARACTERS }));
		if (Array.isArray(value) && value.length > MOST_ELEMENTS)
			throw new LimitError(tokenizerMessage("elements", { most: MOST_ELEMENTS }));
		return value;
	}

	private evaluate(node: Node, scope: Scope): Value {
		switch (node.type) {
			case "StringLiteral":
				return node.value;
			case "IntegerLiteral":
				return BigInt(node.value);
			case "FloatLiteral":
				return node.value;
			case "Identifier":
				return scope.get(node.value);
			case "ArrayLiteral":
				return node.value.map((item) => this.value(item, scope));
			case "TupleLiteral":
				return Tuple.from(node.value.map((item) => this.value(item, scope))) as Tuple;
			case "ObjectLiteral":
				return new Map([...node.value].map(([key, item]) => [this.value(key, scope), this.value(item, scope)]));
			case "BinaryExpression": {
				const left = this.value(node.left, scope);
				const operator = node.operator.value;
				if (operator === "and") return truthy(left) ? this.value(node.right, scope) : left;
				if (operator === "or") return truthy(left) ? left : this.value(node.right, scope);
				const right = this.value(node.right, scope);
				if (left === undefined) this.requireDefined(node.left, operator);
				return binary(operator, left, right);
			}
			case "UnaryExpression": {
				const value = this.value(node.argument, scope);
				if (node.operator.value === "not") return !truthy(value);
				return node.operator.value === "-" ? negated(value) : asNumber(value);
			}
			case "Ternary":
				return this.value(truthy(this.value(node.condition, scope)) ? node.trueExpr : node.falseExpr, scope);
			case "SelectExpression":
				return truthy(this.value(node.test, scope)) ? this.value(node.lhs, scope) : undefined;
			case "TestExpression":
				return testNamed(node.test.value)(this.value(node.operand, scope), []) !== node.negate;
			case "FilterExpression":
				return this.filtered(this.value(node.operand, scope), node.filter, scope);
			case "MemberExpression":
				return this.member(node.object, node.property, node.computed, scope);
			case "CallExpression": {
				const { args, kwargs } = this.argumentsOf(node, scope);
				return this.invoke(node.callee, args, kwargs, scope);
			}
		}
		throw new TemplateError(`${node.type} is not an expression`);
	}

	private requireDefined(node: Node, operator: string): void {
		if (!["==", "!=", "in", "not in", "~"].includes(operator))
			throw new TemplateError(`${described(node)} is undefined`);
	}

	private member(object: Node, property: Node, computed: boolean, scope: Scope): Value {
		const value = this.value(object, scope);
		if (value === undefined) throw new TemplateError(`${described(object)} is undefined`);
		if (!computed) {
			if (property.type === "IntegerLiteral") return itemOf(value, BigInt(property.value));
			return attributeOf(value, nameOf(property));
		}
		if (property.type !== "SliceExpression") return itemOf(value, this.value(property, scope));
		const [start, stop, step] = [property.start, property.stop, property.step].map((part) =>
			part === undefined ? undefined : this.value(part, scope),
		);
		return sliceOf(value, start, stop, step);
	}

	private filtered(value: Value, filter: Node, scope: Scope): Value {
		if (filter.type === "Identifier") return filterNamed(filter.value)(value, [], new Map());
		if (filter.type !== "CallExpression") throw new TemplateError(`${filter.type} is not a filter`);
		const { args, kwargs } = this.argumentsOf(filter, scope);
		const name = nameOf(filter.callee);
		if (name.startsWith(TEST_PREFIX)) {
			const [, negated, test] = /^(not_)?(.*)$/.exec(name.slice(TEST_PREFIX.length)) ?? [];
			return testNamed(test)(value, args) === (negated === undefined);
		}
		return filterNamed(name)(value, args, kwargs);
	}

	private argumentsOf(call: CallNode, scope: Scope): { args: Value[]; kwargs: Map<string, Value> } {
		const args: Value[] = [];
		const kwargs = new Map<string, Value>();
		for (const node of call.args) {
			if (node.type === "KeywordArgumentExpression") kwargs.set(node.key.value, this.value(node.value, scope));
			else if (node.type === "SpreadExpression") args.push(...iterate(this.value(node.argument, scope)));
			else if (node.type === "KeywordSpreadExpression") {
				const value = this.value(node.argument, scope);
				if (!(value instanceof Map))
					throw new TemplateError(`argument after ** must be a mapping, not ${typeName(value)}`);
				for (const [name, item] of value) kwargs.set(str(name), item);
			} else args.push(this.value(node, scope));
		}
		return { args, kwargs };
	}

	private invoke(callee: Node, args: readonly Value[], kwargs: ReadonlyMap<string, Value>, scope: Scope): Value {
		const called = this.value(callee, scope);
		if (called instanceof Callable) return called.call(args, kwargs);
		throw new TemplateError(
			called === undefined ? `${described(callee)} is undefined` : `'${typeName(called)}' object is not callable`,
		);
	}
}
