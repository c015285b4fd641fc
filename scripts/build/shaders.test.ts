import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { unroll } from "../../src/engine/kernels/unroll.ts";
import { withoutComments } from "./shaders.mjs";

it("a shader without its comments is the same code, including marks", () => {
	const source =
		"// What it does.\nconst N = 2;\n\nfn f() { // of f\n\tfor (var i = 0u; i < N; i++) { // unrolled\n\t}\n}\n";
	expect(withoutComments(source)).toBe(
		"const N = 2;\nfn f() {\n\tfor (var i = 0u; i < N; i++) { // unrolled\n\t}\n}\n",
	);
});

const marked = readdirSync("src/shaders", { recursive: true, encoding: "utf8" })
	.filter((name) => name.endsWith(".wgsl"))
	.map((name) => ({ name, source: readFileSync(`src/shaders/${name}`, "utf8") }))
	.filter(({ source }) => / \/\/ (unrolled|registers)$/m.test(source));

it.each(marked)("$name unrolls to the same code", ({ source }) => {
	// Replaces the constants that a kernel adds before the source; threads are divided among the others.
	const scope = Object.fromEntries(
		(source.match(/\b[A-Z][A-Z_\d]*\b/g) ?? []).map((word) => [word, word === "THREADS" ? 64 : 4]),
	);
	const code = (text: string) =>
		unroll(text, scope)
			.split("\n")
			.filter((line) => line.trim() !== "");
	expect(code(withoutComments(source))).toEqual(code(source));
});
