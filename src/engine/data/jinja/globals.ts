// Functions that every chat template can call: range, namespace, dict, raise_exception.

import { whole } from "./strings.ts";
import { Callable, type Dict, iterate, type Kwargs, Namespace, str, TemplateError, type Value } from "./values.ts";

/** Maximum length of a list, including range(…). */
export const MOST_ELEMENTS = 100_000;

export const GLOBALS: ReadonlyMap<string, Value> = new Map<string, Value>([
	["true", true],
	["false", false],
	["none", null],
	["True", true],
	["False", false],
	["None", null],
	...[
		new Callable("range", (args) => range(args)),
		new Callable("dict", (args, kwargs) => dict(args, kwargs)),
		new Callable("namespace", (args, kwargs) => {
			const entries = [...dict(args, kwargs)];
			return new Namespace(new Map(entries.map(([name, value]) => [str(name), value])));
		}),
		new Callable("raise_exception", ([text]) => {
			throw new TemplateError(str(text));
		}),
	].map((one): [string, Value] => [one.name, one]),
]);

function dict([from]: readonly Value[], kwargs: Kwargs): Dict {
	const made: Dict = new Map(from instanceof Map ? from : undefined);
	if (from !== undefined && !(from instanceof Map)) {
		for (const pair of iterate(from)) {
			const [key, value] = iterate(pair);
			made.set(key, value);
		}
	}
	for (const [name, value] of kwargs) made.set(name, value);
	return made;
}

function range(args: readonly Value[]): Value[] {
	const [start, stop] = args.length === 1 ? [0, whole(args[0])] : [whole(args[0]), whole(args[1])];
	const step = args.length > 2 ? whole(args[2]) : 1;
	if (step === 0) throw new TemplateError("range() arg 3 must not be zero");
	const length = Math.max(0, Math.ceil((stop - start) / step));
	if (length > MOST_ELEMENTS) throw new TemplateError(`range() of ${length} numbers, more than ${MOST_ELEMENTS}`);
	return Array.from({ length }, (_, i) => BigInt(start + i * step));
}
