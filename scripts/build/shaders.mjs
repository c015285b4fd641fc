// What the built page carries of a shader: its code and the marks that kernels/unroll.ts reads, without the comments that
// are for who reads the file. A third of their weight on the wire.
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
