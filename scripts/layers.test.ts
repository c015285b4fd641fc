// Tests biome.layers.jsonc on a project with valid and invalid imports: an invalid import or a cycle fails with a message that says
// where the code belongs.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./files.mjs";

interface Diagnostic {
	message: string;
	category: string;
	location: { path: string; start: { line: number } };
}

/**
 * Lints files with the rules.
 * @returns "path:line message" of each diagnostic
 */
function lint(files: Record<string, string>): string[] {
	const folder = mkdtempSync(join(tmpdir(), "tabtune-layers-"));
	try {
		cpSync(join(ROOT, "biome.layers.jsonc"), join(folder, "biome.jsonc"));
		for (const [path, source] of Object.entries(files)) {
			mkdirSync(dirname(join(folder, path)), { recursive: true });
			writeFileSync(join(folder, path), source);
		}
		const biome = join(ROOT, "node_modules", ".bin", "biome");
		const args = ["lint", "--reporter=json", "--max-diagnostics=none", "."];
		const { stdout } = spawnSync(biome, args, { cwd: folder, encoding: "utf8" });
		const { diagnostics }: { diagnostics: Diagnostic[] } = JSON.parse(stdout);
		return diagnostics
			.filter(({ category }) => /noRestrictedImports|noImportCycles/.test(category))
			.map(({ message, location: { path, start } }) => `${path}:${start.line} ${message}`)
			.sort();
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

const WRONG: [from: string, to: string, message: string][] = [
	["src/engine/graph/ir.ts", "../train/run.ts", "a file in src/engine/formats"],
	["src/engine/graph/ops/add.ts", "../../train/run.ts", "a file in src/engine/formats"],
	["src/engine/kernels/add.ts", "../graph/ir.ts", "belongs in src/engine/graph"],
	["src/engine/models/load.ts", "../adapters/layout.ts", "belongs in src/engine/adapters"],
	["src/engine/peft/lora-files.ts", "../adapters/layout.ts", "belongs in src/engine/adapters"],
	["src/engine/executor/plan.ts", "../../shaders/elementwise/add.wgsl?raw", "belongs in src/engine/models"],
	["src/engine/formats/safetensors.ts", "../data/rows.ts", "import only src/shared"],
	["src/engine/random.ts", "./device/gpu.ts", "imports src/shared only"],
	["src/shared/format.ts", "../engine/random.ts", "imports no other layer"],
	["src/worker/main.ts", "../cli/output.ts", "belongs in src/engine"],
	["src/cli/main.ts", "../worker/session.ts", "belongs in src/engine"],
	["app/features/run/RunPanel.tsx", "../../../src/engine/train/run.ts", "belongs in EngineApi"],
	["app/features/run/RunPanel.tsx", "comlink", "belongs in EngineApi"],
	["standalone/main.ts", "../app/App.tsx", "nothing else of src/"],
	["standalone/main.ts", "react-dom/client", "no package but comlink"],
	["src/engine/train/run.ts", "react", "src/cli or src/worker"],
	["src/engine/train/run.ts", "node:fs/promises", "src/cli or src/worker"],
	["bench/matmul.ts", "webgpu", "only src/engine/device/node-gpu.ts"],
	["src/engine/train/run.ts", "../executor/test-gpu.ts", "a separate file"],
	["src/engine/magic/x.ts", "../random.ts", "biome.layers.jsonc"],
	["e2e/new.spec.ts", "@playwright/test", "from e2e/test.ts"],
];

const RIGHT: [from: string, to: string][] = [
	["src/engine/train/run.ts", "../executor/plan.ts"],
	["src/engine/kernels/add.ts", "../../shaders/elementwise/add.wgsl?raw"],
	["src/engine/adapters/methods/lora.ts", "../../formats/index.ts"],
	["src/engine/adapters/peft-adapter.ts", "../peft/index.ts"],
	["app/features/run/RunPanel.tsx", "../../../src/engine/api.ts"],
	["app/remote-api.ts", "comlink"],
	["src/engine/graph/ir.test.ts", "../train/run.ts"],
	["bench/matmul.ts", "../src/engine/train/run.ts"],
	["scripts/ci/adapter.mjs", "webgpu"],
	["bench/gpu-lab/dump-spirv.mjs", "webgpu"],
];

test("each layer imports only the layers below it, including types, re-exports, dynamic and raw imports", () => {
	const wrong = WRONG.map(([from, to, message], i) => {
		const path = from.replace(/\.(?=\w+$)/, `-${i}.`);
		const source = `import type { x } from "${to}";\nexport * from "${to}";\nexport const y = import("${to}");\n`;
		return { path, source, message };
	});
	const right = RIGHT.map(([from, to]) => ({ path: from, source: `export { x } from "${to}";\n` }));
	const found = lint(Object.fromEntries([...wrong, ...right].map(({ path, source }) => [path, source])));
	for (const { path, message } of wrong)
		expect(found.filter((line) => line.startsWith(`${path}:`))).toEqual(
			[1, 2, 3].map((line) => expect.stringMatching(`${path}:${line} .*${message}`)),
		);
	for (const { path } of right) expect(found.filter((line) => line.startsWith(`${path}:`))).toEqual([]);
});

test("a cycle fails, including type imports", () => {
	const found = lint({
		"src/shared/a.ts": 'import type { B } from "./b.ts";\nexport type A = B[];\n',
		"src/shared/b.ts": 'import type { A } from "./a.ts";\nexport type B = A | null;\n',
	});
	expect(found).toEqual(["a", "b"].map((name) => `src/shared/${name}.ts:1 This import is part of a cycle.`));
});

test("the module of the API's types exports no value, so the page can import none", async () => {
	expect(Object.keys(await import("../src/engine/api.ts"))).toEqual([]);
});
