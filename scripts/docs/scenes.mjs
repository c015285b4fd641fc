// Walks through the page and takes screenshots: every view and state, reached as a user reaches it. The guide uses some of
// its scenes (`npm run guide`), and `npm run screens` all of them. To add one, call `shoot` at that point.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { preview, runnerImport } from "vite";
import { buildApp } from "../build/build-app.mjs";
import { HEADERS } from "../build/csp.mjs";
import { chromiumFlags, findChromium } from "../ci/chromium.mjs";
import { ROOT } from "../files.mjs";

const MINUTE = 60_000;

/**
 * @typedef {import("@playwright/test").Page} Page
 * @typedef {object} Walk
 * @property {import("@playwright/test").LaunchOptions} launch
 * @property {string} base the page's address
 * @property {"en" | "zh"} lang
 * @property {import("../../app/i18n/index.ts").Translate} t its texts in that language
 * @property {(page: Page, name: string, part?: import("@playwright/test").Locator) => Promise<void>} shoot takes the
 *   screenshot of a scene, of the whole page or of a part of it, if the scene is selected
 */

/** The page's elements that the scenes use, by their texts. */
function handles(/** @type {Page} */ page, /** @type {Walk["t"]} */ t) {
	const button = (/** @type {string} */ name) => page.getByRole("button", { name, exact: true });
	const status = page.getByRole("status");
	return {
		button,
		start: button(t("run.start")),
		tab: (/** @type {string} */ id) => page.locator(`[role="tab"][id$="-trigger-${id}"]`).click(),
		region: (/** @type {string} */ name) => page.getByRole("region", { name, exact: true }),
		/** Waits until the status line contains the text. */
		says: (/** @type {RegExp | string} */ text) => status.filter({ hasText: text }).waitFor({ timeout: 3 * MINUTE }),
		field: (/** @type {string} */ name) => page.getByRole("spinbutton", { name, exact: true }),
		/** Waits until no answer is being generated. */
		answered: async () => {
			await page
				.locator('[aria-busy="true"]')
				.first()
				.waitFor({ state: "detached", timeout: 2 * MINUTE });
		},
	};
}

/** The workspace from arrival to the end of a run, its windows and menus. @param {Walk} walk @param {Page} page */
async function workspace({ base, lang, t, shoot }, page) {
	const { button, start, says, answered, region, field } = handles(page, t);
	await page.goto(`${base}?lang=${lang}`, { waitUntil: "commit" });
	await page.getByRole("banner").waitFor();
	await shoot(page, "loading");
	await start.and(page.locator(":enabled")).waitFor({ timeout: MINUTE });
	await region(t("compare.base")).getByText(/\w\w/).first().waitFor({ timeout: MINUTE });
	await answered();
	await shoot(page, "arrival");
	await shoot(page, "data", region(t("data.title")));
	await page.getByText(t("settings.more"), { exact: true }).first().click();
	await shoot(page, "settings");
	await page.getByText(t("settings.more"), { exact: true }).first().click();
	await button(t("data.edit")).click();
	await page.getByRole("dialog").waitFor();
	await shoot(page, "editor");
	await page.keyboard.press("Escape");

	const add = page.getByLabel(t("data.addFile"));
	const file = (/** @type {string} */ name, /** @type {string} */ text) =>
		add.setInputFiles({ name, mimeType: "text/plain", buffer: Buffer.from(text) });
	await file("letters.csv", "no;Kundin sagt;Antwort an sie\n1;Wo?;Im Baum.\n2;Wer?;Eine Eule.\n");
	await page.getByRole("dialog").waitFor();
	await shoot(page, "columns");
	await page.keyboard.press("Escape");
	await file("good-and-bad.jsonl", '{"text": "a good row"}\n{"text": 3}\nnot JSON\n');
	await region(t("data.title")).getByRole("alert").first().waitFor();
	await shoot(page, "data-refused");
	await page
		.locator("[aria-pressed]")
		.filter({ hasText: lang === "en" ? "Pirate" : "海盗" })
		.first()
		.click();
	await start.and(page.locator(":enabled")).waitFor({ timeout: MINUTE });

	await start.click();
	await says(/\b1\d\/\d/);
	await shoot(page, "running");
	await button(t("run.pause")).click();
	await button(t("run.resume")).waitFor({ timeout: MINUTE });
	await shoot(page, "paused");
	await button(t("run.resume")).click();
	await says(t("run.finished"));
	await region(t("compare.tuned")).getByText(/\w\w/).first().waitFor({ timeout: MINUTE });
	await answered();
	await shoot(page, "finished");
	await button(t("compare.colour")).click();
	await region(t("compare.title")).locator(".scored[title]").first().waitFor({ timeout: MINUTE });
	await shoot(page, "compare", region(t("compare.title")));
	await button(t("compare.colour")).click();
	await button(t("export.more")).click();
	await shoot(page, "files");
	await page.keyboard.press("Escape");
	await page.keyboard.press("Control+k");
	await page.getByRole("dialog").getByRole("option").first().waitFor();
	await shoot(page, "commands");
	await page.keyboard.press("Escape");
	await button(t("compare.mode.set")).click();
	await shoot(page, "several");
	await button(t("compare.mode.chat")).click();
	await shoot(page, "chat");
	await button(t("compare.mode.one")).click();

	// A second run beside the first.
	await field(t("field.r")).fill("2");
	await field(t("field.max_steps")).fill("8");
	await start.click();
	await says(/\b[1-8]\/8/);
	await says(t("run.finished"));
	await answered();
	for (const box of await region(t("runs.title")).getByRole("checkbox").all()) await box.check();
	await shoot(page, "two-runs");
	await page.getByRole("checkbox").first().scrollIntoViewIfNeeded();
	await page.evaluate(() => scrollTo(0, 0));
}

/** Tabs with several scenes; any other is shown as it opens. */
const SHOWN = ["workspace", "compare", "ranklab", "methods", "library", "learn"];

/** The other tabs over the adapters of `workspace`. @param {Walk} walk @param {Page} page */
async function tabs({ t, shoot }, page) {
	const { button, tab, region, answered } = handles(page, t);
	await tab("compare");
	await page.getByText(t("tabs.loading"), { exact: true }).waitFor({ state: "detached" });
	await shoot(page, "compare-tab");

	await tab("ranklab");
	const race = region(t("race.title"));
	await race.waitFor();
	await shoot(page, "rank-lab");
	await race.getByRole("textbox", { name: t("race.ranks") }).fill("1, 4");
	await race.getByRole("textbox", { name: t("methods.seeds") }).fill("1, 2");
	await button(t("race.start")).click();
	await button(t("race.start"))
		.and(page.locator(":enabled"))
		.waitFor({ timeout: 4 * MINUTE });
	await shoot(page, "race", race);
	const cut = region(t("rank.cut"));
	await cut.getByRole("slider", { name: t("rank.cutTo") }).fill("1");
	await cut
		.getByText(/ (ms|毫秒)/)
		.first()
		.waitFor({ timeout: MINUTE });
	await region(t("rank.spectrum")).getByRole("button").nth(3).click();
	const overlap = region(t("rank.overlap"));
	await overlap.getByRole("button", { name: t("rank.compare"), exact: true }).click();
	await overlap.getByRole("img").or(overlap.getByRole("figure")).first().waitFor({ timeout: MINUTE });
	await shoot(page, "rank-lab-full");
	await button(t("rank.reset")).click();

	await tab("methods");
	await page.getByRole("checkbox").first().waitFor();
	await shoot(page, "methods-empty");
	for (const box of await page.getByRole("checkbox").all()) await box.uncheck();
	for (const key of /** @type {const} */ (["method.lora.what", "method.prompt-tuning.what"]))
		await page
			.getByRole("checkbox", { name: t(key).slice(0, 20) })
			.first()
			.check();
	await page.getByRole("textbox", { name: t("methods.seeds") }).fill("1, 2");
	await button(t("methods.start")).click();
	await button(t("methods.start"))
		.and(page.locator(":enabled"))
		.waitFor({ timeout: 5 * MINUTE });
	await shoot(page, "methods");

	await tab("library");
	await page.getByRole("searchbox").waitFor();
	// The runs of the Workspace: LoRA of two ranks.
	const table = page.getByRole("table").first();
	for (const box of (await table.getByRole("checkbox").all()).slice(-2)) await box.check();
	await button(t("library.ask")).click();
	await button(t("library.ask"))
		.and(page.locator(":enabled"))
		.waitFor({ timeout: 2 * MINUTE });
	await answered();
	await shoot(page, "library");
	await shoot(page, "library", region(t("library.together")));

	await tab("learn");
	await page.getByRole("heading", { level: 2 }).first().waitFor();
	const steps = page.getByRole("tabpanel").getByRole("navigation").getByRole("button");
	for (let n = 0; n < (await steps.count()); n++) {
		await steps.nth(n).click();
		await shoot(page, `learn-${n + 1}`);
	}

	for (const one of await page.getByRole("tab").all()) {
		const id = (await one.getAttribute("id"))?.replace(/^.*-trigger-/, "") ?? "";
		if (SHOWN.includes(id)) continue;
		await one.click();
		await page.getByRole("tabpanel").getByRole("region").first().waitFor();
		await shoot(page, id);
	}
}

/** States caused by the device or a failure, each in a separate browser. @param {Walk} walk */
async function states({ launch, base, lang, t, shoot }) {
	const address = `${base}?lang=${lang}`;
	/** @param {(page: Page) => Promise<void>} scene */
	const alone = async (scene) => {
		const browser = await chromium.launch(launch);
		await scene(await browser.newPage({ viewport: { width: 1280, height: 800 } })).finally(() => browser.close());
	};
	await alone(async (page) => {
		await page.addInitScript(() =>
			Object.defineProperty(Navigator.prototype, "gpu", { configurable: true, get: () => undefined }),
		);
		await page.goto(address);
		await page.getByRole("heading", { name: t("nogpu.title") }).waitFor();
		await shoot(page, "no-webgpu");
	});
	await alone(async (page) => {
		const { start, button, says } = handles(page, t);
		await page.goto(address);
		await start.and(page.locator(":enabled")).waitFor({ timeout: MINUTE });
		await page.evaluate(async () => void (await navigator.serviceWorker.ready));
		await page.context().setOffline(true);
		await page.reload();
		await start.and(page.locator(":enabled")).waitFor({ timeout: MINUTE });
		await page.getByRole("complementary", { name: t("offline.label") }).waitFor();
		await shoot(page, "offline");
		await page.context().setOffline(false);
		await start.click();
		await says(/\b[4-9]\/\d/);
		await button(t("run.pause")).click();
		await button(t("run.resume")).waitFor({ timeout: MINUTE });
		await page.waitForTimeout(1500); // the checkpoint of the pause is written
		page.on("dialog", (dialog) => void dialog.accept());
		await page.reload();
		await page
			.getByRole("alert")
			.getByRole("button", { name: t("runs.resume") })
			.waitFor({ timeout: MINUTE });
		await shoot(page, "cut-off");
		await page.goto(`${address}#tt1.notanadapter`);
		await page.reload();
		await page.getByText(t("error.title.adapter")).waitFor({ timeout: MINUTE });
		await shoot(page, "damaged-link");
	});
	await alone(async (page) => {
		const { start, region, says } = handles(page, t);
		await page.goto(address);
		await start.and(page.locator(":enabled")).waitFor({ timeout: MINUTE });
		await start.click();
		await says(/\b[2-9]\/\d/);
		const session = await page.context().browser()?.newBrowserCDPSession();
		void session?.send("Browser.crashGpuProcess").catch(() => undefined);
		await region(t("run.title")).getByRole("note").waitFor({ timeout: MINUTE });
		await shoot(page, "gpu-lost");
	});
	const profile = await mkdtemp(join(tmpdir(), "tabtune-screens-"));
	await mkdir(join(profile, "Default"));
	const refused = { profile: { default_content_setting_values: { cookies: 2 } } };
	await writeFile(join(profile, "Default", "Preferences"), JSON.stringify(refused));
	const context = await chromium.launchPersistentContext(profile, {
		...launch,
		viewport: { width: 1280, height: 800 },
	});
	const page = await context.newPage();
	await page.goto(address);
	await handles(page, t).start.and(page.locator(":enabled")).waitFor({ timeout: MINUTE });
	await page.getByText(t("runs.refused")).waitFor();
	await shoot(page, "storage-refused");
	await context.close();
	await rm(profile, { recursive: true, force: true });
}

/**
 * The whole walk in each language over the page's build, with or without the states that a device causes.
 * @param {(lang: Walk["lang"], t: Walk["t"]) => Walk["shoot"]} camera
 * @param {{ imposed: boolean, langs?: readonly Walk["lang"][] }} options
 */
export async function walk(camera, { imposed, langs = ["en", "zh"] }) {
	const { module } = await runnerImport(join(ROOT, "scripts/docs/page-words.ts"), {
		configFile: false,
		logLevel: "error",
	});
	const { translator } = /** @type {typeof import("./page-words.ts")} */ (module);
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
	const launch = { executablePath: (await findChromium()) ?? undefined, args: chromiumFlags() };
	for (const lang of langs) {
		const t = translator(lang);
		/** @type {Walk} */
		const way = { launch, base, lang, t, shoot: camera(lang, t) };
		const browser = await chromium.launch(launch);
		const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
		await workspace(way, page);
		await tabs(way, page);
		await browser.close();
		if (imposed) await states(way);
	}
	await server.close();
}
