// Writes the WGSL of merged calls (merge.ts) from the parts of their kernels (merge-parts.ts): names at module scope get a suffix,
// functions get the index of the call as their first argument, and `params` becomes an element of an array.
import { BUILTINS, type Part } from "./merge-parts.ts";
import type { ScalarType } from "./step.ts";

/** A part of the text of a merged kernel: the code for `count` calls that bind the same buffers. */
export interface Copy {
	readonly part: Part;
	readonly params: Readonly<Record<string, ScalarType>>;
	readonly count: number;
	/** Of each binding of the part, its index among those of the merged kernel. */
	readonly bindings: readonly (number | null)[];
}

const written = new Map<string, string>();

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
