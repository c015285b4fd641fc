// Strips comments from the shaders of the built page, except the marks that kernels/unroll.ts reads: a third of their size.
import { readFileSync } from "node:fs";

const COMMENT = /\s*\/\/(?! (?:unrolled|registers)$).*$/;

/** @param {string} source of a .wgsl file @returns {string} */
export const withoutComments = (source) =>
	source
		.split("\n")
		.map((line) => line.replace(COMMENT, ""))
		.filter((line) => line !== "")
		.map((line) => `${line}\n`) // the last one too: kernels put files together
		.join("");

/** @returns {import("vite").Plugin} */
export function shaders() {
	return {
		name: "tabtune:shaders",
		apply: "build",
		enforce: "pre", // before Vite's own `?raw`
		load(id) {
			if (!id.endsWith(".wgsl?raw")) return null;
			return `export default ${JSON.stringify(withoutComments(readFileSync(id.slice(0, -"?raw".length), "utf8")))};`;
		},
	};
}
