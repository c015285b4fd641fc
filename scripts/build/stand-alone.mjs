// Builds the template of the stand-alone file: page and engine as two classic scripts, with the styles, in one HTML file. The
// page's build emits it; app/features/export/stand-alone.ts fills in model and adapter.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../files.mjs";
import { Notices } from "./notices.mjs";
import { shaders } from "./shaders.mjs";

/** Its name next to index.html: a text file, because it is not a page without a model. */
const NAME = "stand-alone.txt";

/** @param {string} entry @param {Notices} notices collects its packages @returns {Promise<string>} one classic script */
async function script(entry, notices) {
	const { build } = await import("vite");
	const built = await build({
		configFile: false,
		root: ROOT,
		publicDir: false,
		plugins: [shaders(), notices.collector()],
		logLevel: "error",
		build: {
			write: false,
			target: "es2023",
			lib: { entry: join(ROOT, entry), formats: ["iife"], name: "tabtune" },
		},
	});
	const [{ output }] = /** @type {import("vite").Rolldown.RolldownOutput[]} */ ([built].flat());
	// Only an end tag ends a script element, so it is escaped.
	return output[0].code.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
}

/** @returns {Promise<string>} */
async function template() {
	const read = (/** @type {string} */ name) => readFileSync(join(ROOT, "standalone", name), "utf8");
	const notices = new Notices();
	const [main, worker] = await Promise.all(
		["standalone/main.ts", "src/worker/main.ts"].map((entry) => script(entry, notices)),
	);
	// Functions as replacements, because `$&` has a meaning in a replacement string.
	return read("index.html")
		.replace("<!--NOTICES-->", () => `<!--\n${notices.text().replaceAll("--", "- -")}\n-->`)
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
