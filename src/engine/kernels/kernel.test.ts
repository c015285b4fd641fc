import { expect, test } from "vitest";
import stepSource from "../../shaders/util/step.wgsl?raw";
import { OPS } from "../graph/ops/index.ts";
import { KERNELS, spread } from "./kernel.ts";
import "./peak.ts";
import { packScalars, STEP_FIELDS } from "./step.ts";

/** Fields of a struct of scalars in WGSL text, in order. */
function structFields(source: string, name: string): [string, string][] {
	const body = new RegExp(`struct ${name} \\{([^}]*)\\}`).exec(source)?.[1];
	if (body === undefined) throw new Error(`no struct ${name}`);
	const lines = body.replaceAll(/\/\/.*$/gm, "").split(",");
	return lines
		.map((line) => line.trim())
		.filter((line) => line !== "")
		.map((line) => {
			const [field, type] = line.split(":").map((part) => part.trim());
			return [field, type];
		});
}

/** Storage bindings in WGSL text, by binding number. */
function storageBindings(source: string): { binding: number; access: string; name: string }[] {
	const pattern = /@group\(0\)\s*@binding\((\d+)\)\s*var<storage,\s*(read|read_write)>\s*(\w+)\s*:/g;
	return [...source.matchAll(pattern)].map(([, binding, access, name]) => ({ binding: Number(binding), access, name }));
}

test("WGSL and TypeScript declare the same Step", () => {
	expect(structFields(stepSource, "Step")).toEqual(Object.entries(STEP_FIELDS));
});

test("OPS lists every op under its name", () => {
	expect(Object.values(OPS).map(({ def }) => def.op)).toEqual(Object.keys(OPS));
});

test("every kernel is registered under a unique name", () => {
	expect(KERNELS.length).toBeGreaterThan(10);
	expect(new Set(KERNELS.map(({ name }) => name)).size).toBe(KERNELS.length);
});

test.each(KERNELS.map((kernel) => [kernel.name, kernel] as const))(
	"%s: WGSL and TypeScript declare the same Params and bindings",
	(_name, kernel) => {
		expect(structFields(kernel.source, "Params")).toEqual(Object.entries(kernel.params));
		const declared = storageBindings(kernel.source);
		expect(declared).toEqual(kernel.bindings.map(({ name, access }, i) => ({ binding: i + 2, access, name })));
		expect(declared.length).toBeLessThanOrEqual(8);
		expect(kernel.source.match(/var<storage/g)?.length ?? 0).toBe(declared.length); // every declaration was parsed
		expect(kernel.source).toContain("@group(0) @binding(1) var<uniform> params: Params;");
	},
);

test("scalars are checked, packed in order and padded to 16 bytes", () => {
	const bytes = packScalars({ a: "u32", b: "f32" }, { a: 7, b: 0.5 });
	expect([...new Uint32Array(bytes.buffer)]).toEqual([7, 0x3f000000, 0, 0]);
	expect(() => packScalars({ a: "u32" }, { a: -1 })).toThrow("not a u32");
	expect(() => packScalars({ a: "u32" }, {})).toThrow("no value");
});

test("more workgroups than a dimension allows use two dimensions", () => {
	for (const count of [1, 65535, 65536, 1e6, 65535 * 7 + 1]) {
		const [x, y] = spread(count);
		expect(x).toBeLessThanOrEqual(65535);
		expect(x * y).toBeGreaterThanOrEqual(count);
	}
});
