// `node scripts/build/icons.mjs`: draws public/icon.svg into the PNGs that installed pages use; run after the drawing changes.
// The maskable icon fills its square, because the system rounds its corners. To add a size, add a line to ICONS.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { chromiumFlags, findChromium } from "../ci/chromium.mjs";
import { ROOT } from "../files.mjs";
import { ICONS } from "./manifest.mjs";

const drawing = readFileSync(join(ROOT, "public/icon.svg"), "utf8");
const executablePath = await findChromium();
if (executablePath === null) throw new Error("no Chromium found: `npm test` installs one, or set TABTUNE_CHROMIUM");
const browser = await chromium.launch({ executablePath, args: chromiumFlags() });
try {
	for (const { src, size, purpose } of ICONS) {
		const page = await browser.newPage({ viewport: { width: size, height: size } });
		const svg = purpose === "maskable" ? drawing.replace(/rx="112"/, 'rx="0"') : drawing;
		await page.setContent(`<style>body { margin: 0 } svg { display: block; width: 100vw }</style>${svg}`);
		writeFileSync(join(ROOT, "public", src), await page.screenshot({ omitBackground: true }));
		await page.close();
		console.log(`public/${src}`);
	}
} finally {
	await browser.close();
}
