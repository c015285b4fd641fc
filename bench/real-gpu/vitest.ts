// A minimal `vitest` for the packed bench: GPU tests import it, and their cases run with Node alone. run-tests.ts runs them.
import { chai, type ExpectStatic, JestAsymmetricMatchers, JestChaiExpect, JestExtend } from "@vitest/expect";

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

export const expect = chai.expect as unknown as ExpectStatic;

type Work = (...args: never[]) => unknown;
interface Case {
	readonly name: string;
	readonly run: () => unknown;
}

/** The cases and hooks that imported test files have registered. */
export const registered: { cases: Case[]; after: (() => unknown)[] } = { cases: [], after: [] };
let prefix = "";

function add(name: string, run: () => unknown): void {
	registered.cases.push({ name: `${prefix}${name}`, run });
}

/** `each` of tests and groups: a row is an array of arguments, or the only argument. */
const each =
	(register: (name: string, run: () => unknown) => void) =>
	(table: readonly unknown[]) =>
	(name: string, run: Work): void => {
		for (const row of table) {
			const args = Array.isArray(row) ? row : [row];
			register(titled(name, args), () => (run as (...values: unknown[]) => unknown)(...args));
		}
	};

/** The placeholders of a title in order: %s, %i, %d and %f are values, %o and %j JSON. */
function titled(name: string, args: readonly unknown[]): string {
	let next = 0;
	return name.replaceAll(/%[sidfjo]/g, () => {
		const value = args[next++];
		return typeof value === "object" ? JSON.stringify(value) : String(value);
	});
}

export const test = Object.assign(add, { each: each(add) });

function group(name: string, run: () => unknown): void {
	const outer = prefix;
	prefix = `${outer}${name}: `;
	run();
	prefix = outer;
}
export const describe = Object.assign(group, { each: each(group) });

export function afterAll(run: () => unknown): void {
	registered.after.push(run);
}
