// Reads the text of a kernel into the parts from which merge-text.ts writes merged kernels: bindings, declarations, the functions
// that the entry point calls. Branches that the constants rule out are left out.
import { type KernelCall, type KernelSpec, ownText } from "./kernel.ts";
import { evaluate } from "./unroll.ts";

/** A kernel's text, read. */
export interface Part {
	readonly id: number;
	/** Threads of a workgroup. */
	readonly size: number;
	/** Types of the bindings, in order; null for those that the code does not use. */
	readonly types: readonly (string | null)[];
	readonly bindings: readonly string[]; // names
	readonly functions: readonly string[];
	/** Other names at module scope. */
	readonly values: readonly string[];
	/** Arrays in workgroup memory. */
	readonly shared: readonly { readonly name: string; readonly type: string; readonly count: number }[];
	/** Text at module scope without functions. */
	readonly declarations: string;
	/** Text of each function. */
	readonly code: readonly string[];
	/** The entry point's parameters: names and builtins. */
	readonly entry: readonly { readonly name: string; readonly builtin: string; readonly type: string }[];
}

const parts = new WeakMap<KernelSpec, Map<string, Part | null>>();
const texts = new Map<string, Part | null>();

/** Reads the text of a kernel's variant; null if it uses the indices of its workgroups for more than their number. */
export function partOf(kernel: KernelSpec, constants: KernelCall["constants"]): Part | null {
	const known = parts.get(kernel) ?? new Map<string, Part | null>();
	parts.set(kernel, known);
	const key = JSON.stringify(constants);
	let part = known.get(key);
	if (part === undefined) {
		part = partText(ownText(kernel, constants));
		known.set(key, part);
	}
	return part;
}

function partText(text: string): Part | null {
	let part = texts.get(text);
	if (part === undefined) {
		part = read(text, texts.size);
		texts.set(text, part);
	}
	return part;
}

const ENTRY = /@compute @workgroup_size\(([^)]*)\)\s*fn main\(([^{]*)\) \{/;
const BINDING = /^@group\(0\) @binding\((\d+)\) var<storage, \w+> (\w+): (.+);$/gm;
const PARAMS = /^struct Params \{[^}]*\}$|^@group\(0\) @binding\(1\) var<uniform> params: Params;$/gm;
/** Expression of each builtin, in the entry point of a merged kernel. */
export const BUILTINS: Readonly<Record<string, string>> = {
	workgroup_id: "vec3(index - first, 0u, 0u)",
	num_workgroups: "vec3(end - first, 1u, 1u)",
	local_invocation_index: "thread",
};

function read(text: string, id: number): Part | null {
	const whole = text.replace(/\s*\/\/.*$/gm, "");
	const plain = pruned(whole);
	const entry = ENTRY.exec(plain);
	if (entry === null || !plain.includes("group.y * groups.x + group.x")) return null;
	const scope: Record<string, number> = {};
	for (const [, name, value] of plain.matchAll(/^const (\w+) = (.+);$/gm)) {
		try {
			scope[name] = evaluate(value, scope);
		} catch {} // not an integer: no size depends on it
	}
	const inputs = entry[2].split(/,\s*(?=@)/).map((input) => {
		const found = /@builtin\((\w+)\) (\w+): (.+)/.exec(input.trim());
		return { builtin: found?.[1] ?? "", name: found?.[2] ?? "", type: found?.[3] ?? "" };
	});
	if (inputs.some(({ builtin }) => BUILTINS[builtin] === undefined)) return null;
	const bound = [...plain.matchAll(BINDING)];
	const rest = plain.replace(PARAMS, "").replace(BINDING, "").replace(ENTRY, "fn main() {");
	const functions = [...rest.matchAll(/^fn \w+\(.*\{\n(?:.*\n)*?\}$/gm)].map(([body]) => body);
	const code = called(functions);
	const declarations = functions
		.reduce((left, body) => left.replace(body, () => ""), rest)
		.replace(/\n{2,}/g, "\n")
		.trim();
	const values = [...declarations.matchAll(/^(?:const|alias|struct|var(?:<[^>]*>)?) (\w+)/gm)].map(([, name]) => name);
	const aliases = [...declarations.matchAll(/^alias (\w+) = (.+);$/gm)];
	const named = (type: string) =>
		aliases.reduce((t, [, alias, to]) => t.replace(new RegExp(`\\b${alias}\\b`), to), type);
	const shared = [...declarations.matchAll(/^var<workgroup> (\w+): array<(.+), ([^,]+)>;$/gm)].map(
		([, name, type, count]) => ({ name, type: named(type), count: evaluate(count, scope) }),
	);
	if (shared.length < declarations.split("var<workgroup>").length - 1) return null;
	return {
		id,
		size: evaluate(entry[1], scope),
		types: bound.map(([, , name, type]) =>
			code.some((body) => new RegExp(`(?<![.\\w])${name}\\[`).test(body)) ? named(type) : null,
		),
		bindings: bound.map(([, , name]) => name),
		functions: code.map((body) => /^fn (\w+)/.exec(body)?.[1] ?? ""),
		values: values.filter((name) => !shared.some((one) => one.name === name)),
		shared,
		declarations: declarations.replace(/^var<workgroup> .*$/gm, ""),
		code,
		entry: inputs,
	};
}

/** The text without branches that its constants rule out. */
function pruned(text: string): string {
	const constants = new Map(
		[...text.matchAll(/^const (\w+) = (true|false|\d+u);$/gm)].map(([, name, value]) => [name, value]),
	);
	/** Whether a condition of constants holds; null if it depends on anything else. */
	const holds = (condition: string): boolean | null => {
		const value = constants.get(condition);
		if (value === "true" || value === "false") return value === "true";
		const [, number, name] = /^(\d+)u < (\w+)$/.exec(condition) ?? [];
		const most = constants.get(name);
		return most === undefined ? null : Number(number) < Number.parseInt(most, 10);
	};
	const kept = (lines: readonly string[]): string[] => {
		const out: string[] = [];
		for (let i = 0; i < lines.length; i++) {
			const [, indent, condition] = /^(\t*)if \((.+)\) \{$/.exec(lines[i]) ?? [];
			const held = condition === undefined ? null : holds(condition);
			if (held === null) {
				out.push(lines[i]);
				continue;
			}
			const end = lines.findIndex((line, at) => at > i && line.startsWith(`${indent}}`));
			const body = lines.slice(i + 1, end);
			const otherwise = lines[end] === `${indent}} else {`;
			if (!otherwise && lines[end] !== `${indent}}`) {
				out.push(lines[i]); // else if
				continue;
			}
			const last = otherwise ? lines.indexOf(`${indent}}`, end) : end;
			const left = held ? body : lines.slice(end + 1, last);
			if (left.length > 0) out.push(`${indent}{`, ...kept(left), `${indent}}`);
			i = last;
			// What follows a return cannot be reached.
			if (left.at(-1)?.startsWith(`${indent}\treturn`)) while (lines[i + 1]?.startsWith(indent)) i++;
		}
		return out;
	};
	return kept(text.split("\n")).join("\n");
}

/** The functions that the entry point calls, directly or not. */
function called(functions: readonly string[]): string[] {
	const nameOf = (body: string) => /^fn (\w+)/.exec(body)?.[1] ?? "";
	const found = new Set(["main"]);
	for (let size = 0; size < found.size; ) {
		size = found.size;
		for (const body of functions) {
			if (!found.has(nameOf(body))) continue;
			for (const other of functions)
				if (new RegExp(`(?<![.\\w])${nameOf(other)}\\(`).test(body.slice(body.indexOf("{")))) found.add(nameOf(other));
		}
	}
	return functions.filter((body) => found.has(nameOf(body)));
}
