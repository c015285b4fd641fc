// `npm run guide`: writes the user guide in both languages and takes its screenshots of the built page in Chromium, on a
// software adapter, during the walk of scenes.mjs.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runnerImport } from "vite";
import { ROOT } from "../files.mjs";
import { walk } from "./scenes.mjs";

/** @typedef {typeof import("./guide-text.ts")} GuideText */
const { module } = await runnerImport(join(ROOT, "scripts/docs/guide-text.ts"), {
	configFile: false,
	logLevel: "error",
});
const { GUIDE_FILES, guideText, PICTURES, pictureFile } = /** @type {GuideText} */ (module);

mkdirSync(join(ROOT, "docs/pictures"), { recursive: true });
for (const lang of /** @type {const} */ (["en", "zh"])) writeFileSync(join(ROOT, GUIDE_FILES[lang]), guideText(lang));
await walk(
	(lang) => async (page, name, part) => {
		const picture = PICTURES.find((one) => one === name);
		await page.evaluate(() => scrollTo(0, 0));
		if (picture !== undefined)
			await (part ?? page).screenshot({ path: join(ROOT, "docs", pictureFile(picture, lang)) });
		if (name !== "finished") return;
		const size = page.viewportSize() ?? { width: 1280, height: 800 };
		await page.setViewportSize({ width: 390, height: 844 });
		await page.evaluate(() => scrollTo(0, 0));
		await page.screenshot({ path: join(ROOT, "docs", pictureFile("phone", lang)) });
		await page.setViewportSize(size);
	},
	{ imposed: false },
);
console.log(`${Object.values(GUIDE_FILES).join(", ")} and their pictures are written`);
process.exit(0);
