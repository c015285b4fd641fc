// Writes the WGSL of merged calls (merge.ts) from the texts of their kernels: names at module scope get a suffix, functions get
// the index of the call as their first argument, and `params` becomes an element of an array.
import { type KernelCall, type KernelSpec, ownText } from "./kernel.ts";
import type { ScalarType } from "./step.ts";
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

/** A part of the text of a merged kernel: the code for `count` calls that bind the same buffers. */
export interface Copy {
	readonly part: Part;
	readonly params: Readonly<Record<string, ScalarType>>;
	readonly count: number;
	/** Of each binding of the part, its index among those of the merged kernel. */
	readonly bindings: readonly (number | null)[];
}

const parts = new WeakMap<KernelSpec, Map<string, Part | null>>();
const texts = new Map<string, Part | null>();
const written = new Map<string, string>();

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
const ELEMENT_BYTES: Readonly<Record<string, number>> = {
	f16: 2,
	f32: 4,
	u32: 4,
	"vec2<f32>": 8,
	vec2f: 8,
	vec2u: 8,
	"vec4<f32>": 16,
	vec4f: 16,
};

/** Expression of each builtin, in the entry point of a merged kernel. */
const BUILTINS: Readonly<Record<string, string>> = {
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

/** Workgroup memory of a merged kernel, which its calls use in turn: the longest of the first arrays of each type, and so on. */
function sharedArrays(list: readonly Part[]): Map<string, { type: string; count: number }> {
	const arrays = new Map<string, { type: string; count: number }>();
	for (const part of list) {
		for (const [i, { type, count }] of part.shared.entries()) {
			const name = sharedName(part, i);
			arrays.set(name, { type, count: Math.max(count, arrays.get(name)?.count ?? 0) });
		}
	}
	return arrays;
}

/** The name of a part's array in a merged kernel. */
function sharedName({ shared }: Part, index: number): string {
	const { type } = shared[index];
	const before = shared.slice(0, index).filter((one) => one.type === type).length;
	return `shared_${type.replace(/\W/g, "")}_${before}`;
}

/** Bytes of workgroup memory of a merged kernel. */
export function workgroupBytes(list: readonly Part[]): number {
	return [...sharedArrays(list).values()].reduce(
		(sum, { type, count }) => sum + (ELEMENT_BYTES[type] ?? 16) * count,
		0,
	);
}

/** The text of a merged kernel. @param bound its storage bindings */
export function mergedText(
	copies: readonly Copy[],
	bound: readonly { readonly access: string; readonly type: string }[],
): string {
	const key = JSON.stringify([
		copies.map(({ part, count, bindings }) => [part.id, count, bindings]),
		bound.map(({ access, type }) => [access, type]),
	]);
	let text = written.get(key);
	if (text === undefined) {
		text = write(copies, bound);
		written.set(key, text);
	}
	return text;
}

function write(copies: readonly Copy[], bound: readonly { readonly access: string; readonly type: string }[]): string {
	const texts = new Map<Part, number>();
	for (const { part } of copies) if (!texts.has(part)) texts.set(part, texts.size);
	const suffix = (part: Part) => `_${texts.get(part)}`;
	const blocks: string[] = [];
	for (const [part] of texts) {
		const copy = copies.find((one) => one.part === part);
		const fields = Object.entries(copy?.params ?? {}).map(
			([name, type], i) => `\t${i === 0 ? "@align(16) " : ""}${name}: ${type},`,
		);
		blocks.push(`struct Params${suffix(part)} {\n${fields.join("\n")}\n}`);
		blocks.push(renamed(part.declarations, part.values, suffix(part)));
	}
	for (const [name, { type, count }] of sharedArrays([...texts.keys()]))
		blocks.push(`var<workgroup> ${name}: array<${type}, ${count}>;`);
	const calls = copies.reduce((sum, { count }) => sum + count, 0);
	const ends = Array.from({ length: calls }, (_, i) => `\tend_${i}: u32,`);
	const arrays = copies.map(({ part, count }, c) => `\tcopy_${c}: array<Params${suffix(part)}, ${count}>,`);
	blocks.push(`struct Merged {\n${[...ends, ...arrays].join("\n")}\n}`);
	blocks.push("@group(0) @binding(1) var<uniform> merged: Merged;");
	bound.forEach(({ access, type }, i) => {
		blocks.push(`@group(0) @binding(${i + 2}) var<storage, ${access}> bound_${i}: ${type};`);
	});
	for (const [c, copy] of copies.entries()) blocks.push(copyCode(copy, c, suffix(copy.part)));
	return [...blocks, entryPoint(copies)].join("\n");
}

/** The functions of a copy. */
function copyCode({ part, bindings }: Copy, c: number, suffix: string): string {
	const own = `${suffix}_${c}`;
	const bodies = part.code.map((body) => {
		// Arguments and local variables may have the name of a binding.
		const local = (name: string) => new RegExp(`^fn .*\\b${name}:|\\b(?:let|var) ${name}\\b`, "m").test(body);
		return part.bindings.reduce(
			(text, name, i) =>
				local(name) ? text : text.replace(new RegExp(`(?<![.\\w])${name}\\b(?=\\[)`, "g"), `bound_${bindings[i]}`),
			renamed(body, part.values, suffix),
		);
	});
	let code = bodies.join("\n");
	for (const [i, { name }] of part.shared.entries())
		code = code.replace(new RegExp(`(?<![.\\w])${name}\\b`, "g"), sharedName(part, i));
	code = code.replace(/(?<![.\w])params\./g, `merged.copy_${c}[part].`);
	for (const name of part.functions) {
		if (name === "main") continue;
		code = code
			.replace(new RegExp(`^fn ${name}\\(`, "gm"), `fn ${name}${own}(part: u32, `)
			.replace(new RegExp(`(?<![.\\w])${name}\\(`, "g"), `${name}${own}(part, `);
	}
	const parameters = part.entry.map(({ name, type }) => `${name}: ${type}`);
	return code
		.replaceAll("(part, )", "(part)")
		.replace("fn main() {", `fn main${own}(${["part: u32", ...parameters].join(", ")}) {`);
}

function renamed(text: string, names: readonly string[], suffix: string): string {
	if (names.length === 0) return text;
	return text.replace(new RegExp(`(?<![.\\w])(?:${names.join("|")})\\b`, "g"), (name) => name + suffix);
}

function entryPoint(copies: readonly Copy[]): string {
	const lines: string[] = [];
	let call = 0;
	for (const [c, { part, count }] of copies.entries()) {
		const texts = [...new Set(copies.map((copy) => copy.part))];
		lines.push(
			`\tif (index < merged.end_${call + count - 1}${c === 0 ? "" : ` && index >= merged.end_${call - 1}`}) {`,
		);
		lines.push(`\t\tvar part = 0u;`);
		lines.push(`\t\tvar first = ${call === 0 ? "0u" : `merged.end_${call - 1}`};`);
		lines.push(`\t\tvar end = merged.end_${call};`);
		for (let i = 1; i < count; i++) {
			lines.push(`\t\tif (index >= merged.end_${call + i - 1}) {`);
			lines.push(
				`\t\t\tpart = ${i}u;`,
				`\t\t\tfirst = merged.end_${call + i - 1};`,
				`\t\t\tend = merged.end_${call + i};`,
			);
			lines.push("\t\t}");
		}
		const given = part.entry.map(({ builtin }) => BUILTINS[builtin]);
		lines.push(`\t\tmain_${texts.indexOf(part)}_${c}(${["part", ...given].join(", ")});`);
		lines.push("\t}");
		call += count;
	}
	return `@compute @workgroup_size(${copies[0].part.size})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
	let index = group.y * groups.x + group.x;
${lines.join("\n")}
}
`;
}
