// The stand-alone file's template: page and engine built as two classic scripts and put, with the style, into one HTML
// text. The page's build emits it; app/features/export/stand-alone.ts fills in model and adapter.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../files.mjs";
import { shaders } from "./shaders.mjs";

/** Its name beside index.html: a text, for without a model it is no page. */
const NAME = "stand-alone.txt";

/** @param {string} entry @returns {Promise<string>} one classic script */
async function script(entry) {
	const { build } = await import("vite");
	const built = await build({
		configFile: false,
		root: ROOT,
		publicDir: false,
		plugins: [shaders()],
		logLevel: "error",
		build: {
			write: false,
			target: "es2023",
			lib: { entry: join(ROOT, entry), formats: ["iife"], name: "tabtune" },
		},
	});
	const [{ output }] = /** @type {import("vite").Rolldown.RolldownOutput[]} */ ([built].flat());
	// Inside a script element only its end tag ends it.
	return output[0].code.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
}

/** @returns {Promise<string>} */
async function template() {
	const read = (/** @type {string} */ name) => readFileSync(join(ROOT, "standalone", name), "utf8");
	const [main, worker] = await Promise.all([script("standalone/main.ts"), script("src/worker/main.ts")]);
	// Functions as replacements: in a text, `$&` would mean something.
	return read("index.html")
		.replace("/*STYLE*/", () => read("style.css"))
		.replace("/*WORKER*/", () => worker)
		.replace("/*MAIN*/", () => main);
}

/** @returns {import("vite").Plugin} */
export function standAlone() {
	return {
		name: "tabtune:stand-alone",
		apply: "build",
		async generateBundle() {
			this.emitFile({ type: "asset", fileName: NAME, source: await template() });
		},
	};
}
