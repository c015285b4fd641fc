// The package as another project sees it: packed, unpacked into an empty folder's node_modules, and the example of
// examples/node run there over the bundled base.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makePackage } from "../../scripts/build/package.mjs";

let project: string;
beforeAll(async () => {
	project = mkdtempSync(join(tmpdir(), "tabtune-package-"));
	cpSync("examples/node", project, { recursive: true });
	const installed = join(project, "node_modules", "tabtune");
	mkdirSync(installed, { recursive: true });
	execFileSync("tar", ["-xzf", await makePackage(), "--strip-components=1", "-C", installed]);
	symlinkSync(resolve("node_modules/webgpu"), join(project, "node_modules", "webgpu"), "dir");
	symlinkSync(resolve("node_modules/@webgpu"), join(project, "node_modules", "@webgpu"), "dir");
}, 120_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

test("the example trains in Node, answers differently, and writes a PEFT zip", { timeout: 180_000 }, () => {
	const printed = execFileSync(process.execPath, ["train.mjs", resolve("public/base-model")], {
		cwd: project,
		encoding: "utf8",
		stdio: ["ignore", "pipe", "ignore"],
	});
	const { steps, before, after } = JSON.parse(printed);
	expect(steps).toBe(30);
	expect(before).not.toMatch(/^[^a-z]+$/);
	expect(after).toMatch(/^THE [^a-z]+$/);
	expect(readFileSync(join(project, "adapter.zip")).subarray(0, 2).toString()).toBe("PK");
});

test("it states the licences of the packages in it, and has a bill of materials", () => {
	const read = (name: string) => readFileSync(join(project, "node_modules", "tabtune", name), "utf8");
	expect(read("third-party-licenses.txt")).toContain("\n@huggingface/tokenizers ");
	expect(JSON.parse(read("sbom.cdx.json")).bomFormat).toBe("CycloneDX");
});

test("its types say what is wrong with a call", { timeout: 60_000 }, () => {
	writeFileSync(
		join(project, "use.ts"),
		`import { createEngine, runSettings } from "tabtune";
import { folderFiles } from "tabtune/node";
const engine = createEngine();
export const files = folderFiles("x");
export const right = engine.train({ settings: runSettings({ r: 4 }), data: { name: "a", format: "jsonl", blob: new Blob() }, heldOut: 0, samplePrompt: null, sampleEvery: 0, continueAdapter: false }, () => {});
// @ts-expect-error a rank is a number
runSettings({ r: "4" });
`,
	);
	const tsc = resolve("node_modules/.bin/tsc");
	const options = "--noEmit --strict --target es2023 --module nodenext --lib es2023,dom,dom.iterable use.ts";
	expect(execFileSync(tsc, options.split(" "), { cwd: project, encoding: "utf8" })).toBe("");
});
