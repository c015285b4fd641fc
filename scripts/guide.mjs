// `npm run guide`: writes the user guide of both languages and takes its pictures of the built page in Chromium, on a
// software adapter. What a picture shows is stated in scenes below.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { preview, runnerImport } from "vite";
import { buildApp } from "./build-app.mjs";
import { chromiumFlags, findChromium } from "./chromium.mjs";
import { ROOT } from "./files.mjs";
import { HEADERS } from "./headers.mjs";

/** @typedef {typeof import("./guide-text.ts")} GuideText */
const { module } = await runnerImport(join(ROOT, "scripts/guide-text.ts"), { configFile: false, logLevel: "error" });
const { GUIDE_FILES, guideText, pictureFile } = /** @type {GuideText} */ (module);
const { module: i18n } = await runnerImport(join(ROOT, "app/i18n/index.ts"), { configFile: false, logLevel: "error" });
const { loadWords, translator } = /** @type {typeof import("../app/i18n/index.ts")} */ (i18n);

await buildApp();
const server = await preview({
	root: ROOT,
	configFile: false,
	logLevel: "error",
	build: { outDir: join(ROOT, "dist") },
	preview: { port: 0, headers: HEADERS },
});
const address = server.httpServer.address();
const base = `http://localhost:${typeof address === "object" && address !== null ? address.port : 0}/`;
const executablePath = (await findChromium()) ?? undefined;
const browser = await chromium.launch({ executablePath, args: chromiumFlags() });
mkdirSync(join(ROOT, "docs/pictures"), { recursive: true });

/** @param {"en" | "zh"} lang */
async function pictures(lang) {
	await loadWords(lang);
	const t = translator(lang);
	const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
	const shoot = (/** @type {(typeof import("./guide-text.ts").PICTURES)[number]} */ name) =>
		page.screenshot({ path: join(ROOT, "docs", pictureFile(name, lang)) });
	const button = (/** @type {string} */ name) => page.getByRole("button", { name, exact: true });
	const answered = () => page.locator('section[aria-busy="true"]').waitFor({ state: "detached", timeout: 120_000 });
	await page.goto(`${base}?lang=${lang}`);
	await page.locator(".button.primary:enabled").waitFor({ timeout: 60_000 });
	await page.locator(".answer.base .answer-text:not(:empty)").waitFor();
	await answered();
	await shoot("arrival");
	await button(t("run.start")).click();
	await page
		.getByRole("status")
		.filter({ hasText: /\b1\d\/40/ })
		.waitFor({ timeout: 120_000 });
	await shoot("running");
	await page
		.getByRole("status")
		.filter({ hasText: t("run.finished") })
		.waitFor({ timeout: 120_000 });
	await page.locator(".answer.tuned .answer-text:not(:empty)").waitFor({ timeout: 60_000 });
	await answered();
	await shoot("finished");
	await button(t("compare.colour")).click();
	await page.locator(".answer.tuned .scored").first().waitFor();
	await page.locator(".compare").scrollIntoViewIfNeeded();
	await page.locator(".compare").screenshot({ path: join(ROOT, "docs", pictureFile("compare", lang)) });
	await page
		.locator(".column.side")
		.first()
		.screenshot({ path: join(ROOT, "docs", pictureFile("data", lang)) });
	await page.setViewportSize({ width: 390, height: 844 });
	await page.evaluate(() => scrollTo(0, 0));
	await shoot("phone");
	await page.close();
}

for (const lang of /** @type {const} */ (["en", "zh"])) {
	writeFileSync(join(ROOT, GUIDE_FILES[lang]), guideText(lang));
	await pictures(lang);
	console.log(`${GUIDE_FILES[lang]} and its pictures are written`);
}
await browser.close();
process.exit(0);
