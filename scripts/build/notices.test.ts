// The packages in a release: their licences, their checksums, and those that run a script when they are installed.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { billOfMaterials, Notices } from "./notices.mjs";

interface Package {
	readonly dev?: boolean;
	readonly license?: string;
	readonly integrity?: string;
	readonly hasInstallScript?: boolean;
}
const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Record<string, Package> };
const released = Object.entries(packages).filter(([path, { dev }]) => path !== "" && dev !== true);

test("webgpu is the only package with an install script", () => {
	const scripts = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript === true);
	expect(scripts.map(([path]) => path)).toEqual(["node_modules/webgpu"]);
});

test("every package of a release has a checksum and a permissive licence", () => {
	expect(released.length).toBeGreaterThan(50);
	expect(released.filter(([, { integrity }]) => integrity === undefined)).toEqual([]);
	expect(new Set(released.map(([, { license }]) => license))).toEqual(
		new Set(["MIT", "Apache-2.0", "ISC", "BSD-3-Clause", "0BSD"]),
	);
});

test("notices have each package once, with its licence", () => {
	const notices = new Notices();
	for (const id of ["react/index.js", "react/jsx-runtime.js", "@noble/hashes/sha2.js?x", "tslib/tslib.es6.mjs"])
		notices.add(`/a/node_modules/${id}`.replace("/a/", `${process.cwd()}/`));
	notices.add(`${process.cwd()}/src/cli/main.ts`);
	const text = notices.text();
	expect(text.match(/^[\w@/-]+ [\d.]+ \(.+\)$/gm)?.map((title) => title.replace(/ .*/, ""))).toEqual([
		"@noble/hashes",
		"react",
		"tslib",
	]);
	expect(text).toContain("Copyright (c) Meta Platforms");
});

test("the bill of materials lists the packages of a release", { timeout: 30_000 }, () => {
	const { metadata, components } = JSON.parse(billOfMaterials());
	expect(metadata.component.name).toBe("tabtune");
	const names: string[] = components.map(({ name }: { name: string }) => name);
	const { dependencies } = JSON.parse(readFileSync("package.json", "utf8"));
	expect(names).toEqual(expect.arrayContaining([...Object.keys(dependencies), "tslib", "scheduler"]));
	const known = new Set(released.map(([path]) => path.replace(/^.*node_modules\//, "")));
	expect(names.filter((name) => !known.has(name))).toEqual([]);
});
