// `npm run screens`: a picture of every view and state (scenes.mjs) in both languages and themes, wide and on a phone, into
// .tabtune/screens/ with an index.html. `npm run screens -- zh` takes one language.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../files.mjs";
import { walk } from "./scenes.mjs";

const FOLDER = join(ROOT, ".tabtune/screens");
const THEMES = ["light", "dark"];
const SIZES = [
	{ width: 1280, height: 800 },
	{ width: 390, height: 844 },
];
const asked = /** @type {("en" | "zh")[]} */ (process.argv.slice(2));
const langs = asked.length === 0 ? /** @type {const} */ (["en", "zh"]) : asked;

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
/** @type {string[]} */
const taken = [];
await walk(
	(lang, t) => async (page, name, part) => {
		// Parts are on the whole pages too.
		if (part !== undefined) return;
		const before = page.viewportSize() ?? SIZES[0];
		/** As the theme button does, which an open dialog covers: plots are redrawn in the other colours. */
		const choose = (/** @type {string} */ theme) =>
			page.evaluate(
				(label) => {
					const button = document.querySelector(`button[aria-label="${label}"]`);
					if (button instanceof HTMLElement) button.click();
				},
				t(theme === "dark" ? "theme.toDark" : "theme.toLight"),
			);
		for (const size of SIZES) {
			await page.setViewportSize(size);
			for (const one of THEMES) {
				await choose(one);
				const file = `${name}.${lang}.${one}.${size.width}.png`;
				await page.screenshot({ path: join(FOLDER, file), fullPage: true, timeout: 120_000 });
				taken.push(file);
			}
		}
		await page.setViewportSize(before);
		await choose("light");
		console.log(`${lang}: ${name}`);
	},
	{ imposed: true, langs },
);
const images = taken.map(
	(file) => `<figure><img loading="lazy" width="480" src="${file}"><figcaption>${file}</figcaption></figure>`,
);
writeFileSync(
	join(FOLDER, "index.html"),
	`<!doctype html><meta charset="utf-8"><title>Screens</title>\n${images.join("\n")}\n`,
);
console.log(`${taken.length} pictures in .tabtune/screens`);
process.exit(0);
