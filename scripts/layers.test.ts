// A wrong import and a circle must fail, and the message must say where the code belongs.
import { expect, test } from "vitest";
import { checkLayers, importsOf } from "./layers.mjs";

const check = (files: Record<string, string>) => checkLayers(new Map(Object.entries(files)));

test("imports are read as a parser reads them: kinds, queries, re-exports, dynamic ones, lines", () => {
	const source = `// import "./no.ts"
import type { A } from "../a.ts";
import { type B } from "./b.ts";
import shader from "../../shaders/x.wgsl?raw";
export type { C } from "./c.ts";
export * from "./d.ts";
const e = await import("./e.ts");
const f = "import './f.ts'";`;
	expect(importsOf("src/engine/x/y.ts", source).map(({ to, typeOnly, line }) => [to, typeOnly, line])).toEqual([
		["src/engine/a.ts", true, 2],
		["src/engine/x/b.ts", true, 3],
		["src/shaders/x.wgsl", false, 4],
		["src/engine/x/c.ts", true, 5],
		["src/engine/x/d.ts", false, 6],
		["src/engine/x/e.ts", false, 7],
	]);
});

test.each([
	["src/engine/graph/ir.ts", "../train/run.ts", "graph may not import train", "src/engine/formats"],
	["src/engine/kernels/add.ts", "../graph/ir.ts", "kernels may not import graph", "src/engine/graph"],
	["src/engine/executor/plan.ts", "../../shaders/add.wgsl?raw", "executor may not import shaders", "src/engine/models"],
	["src/engine/formats/peft.ts", "../data/rows.ts", "formats may not import data", "a leaf"],
	["src/engine/random.ts", "./device/gpu.ts", "contracts may not import device", "imports src/shared only"],
	["src/worker/main.ts", "../cli/output.ts", "worker may not import cli", "belongs in src/engine"],
	["src/cli/main.ts", "../worker/session.ts", "cli may not import worker", "belongs in src/engine"],
	[
		"app/features/run/RunPanel.tsx",
		"../../../src/engine/train/run.ts",
		"app may not import train",
		"belongs behind EngineApi",
	],
	[
		"app/features/run/RunPanel.tsx",
		"../../../src/engine/api.ts",
		"only types of src/engine/api.ts",
		"belongs behind EngineApi",
	],
	["app/features/run/RunPanel.tsx", "comlink", "may not import the package comlink", "belongs behind EngineApi"],
	["src/engine/train/run.ts", "react", "may not import the package react", "src/cli or src/worker"],
	["src/engine/train/run.ts", "node:fs", "may not import the package node:fs", "src/cli or src/worker"],
	["src/engine/device/gpu.ts", "webgpu", "only src/engine/device/node-gpu.ts", "webgpu"],
	["bench/matmul.ts", "webgpu", "only src/engine/device/node-gpu.ts", "webgpu"],
	["src/engine/train/run.ts", "../executor/test-gpu.ts", "helper stays in tests", "a file of its own"],
	["src/engine/magic/x.ts", "./y.ts", "in no room", "scripts/rooms.mjs"],
])("%s may not import %s", (from, to, what, where) => {
	const problems = check({ [from]: `import { x } from "${to}";` });
	expect(problems).toHaveLength(1);
	expect(problems[0]).toContain(`${from}:1`);
	expect(problems[0]).toContain(what);
	expect(problems[0]).toContain(where);
});

test.each([
	["src/engine/train/run.ts", 'import { x } from "../executor/plan.ts";'],
	["src/engine/kernels/add.ts", 'import source from "../../shaders/add.wgsl?raw";'],
	["src/engine/adapters/methods/lora.ts", 'import type { Folder } from "../formats/index.ts";'],
	["app/features/run/RunPanel.tsx", 'import type { RunEvent } from "../../../src/engine/api.ts";'],
	["app/remote-api.ts", 'import * as Comlink from "comlink";'],
	["src/engine/graph/ir.test.ts", 'import { x } from "../train/run.ts"; import { y } from "../executor/test-gpu.ts";'],
	["bench/matmul.ts", 'import { x } from "../src/engine/train/run.ts";'],
	["scripts/ci/adapter.mjs", 'import { create } from "webgpu";'],
])("%s may import what lies below it", (path, source) => {
	expect(check({ [path]: source })).toEqual([]);
});

test("a cycle fails and is reported once, type imports included", () => {
	const a = 'import { b } from "./b.ts";';
	const b = 'export * from "./c.ts";';
	const c = 'export const a = await import("./a.ts");';
	const files = { "src/engine/kernels/a.ts": a, "src/engine/kernels/b.ts": b, "src/engine/kernels/c.ts": c };
	const problems = check(files);
	expect(problems).toHaveLength(1);
	expect(problems[0]).toContain(
		"src/engine/kernels/a.ts → src/engine/kernels/b.ts → src/engine/kernels/c.ts → src/engine/kernels/a.ts",
	);
	expect(problems[0]).toContain("a third file below both");
	expect(check({ ...files, "src/engine/kernels/c.ts": 'import type { A } from "./a.ts";' })).toHaveLength(1);
});

test("takes the test of a browser test from the one that watches requests", () => {
	const named = 'import { test } from "@playwright/test";\n';
	expect(check({ "e2e/new.spec.ts": named })).toEqual([expect.stringContaining("from e2e/test.ts")]);
	expect(check({ "e2e/test.ts": named })).toEqual([]);
});
