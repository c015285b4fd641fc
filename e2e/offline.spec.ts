// Offline after one visit: the page opens from the cache, trains and compares. It is installable: manifest, icons and
// policy are served, also on hosts that send no headers.
import { readFile } from "node:fs/promises";
import { HEADERS, META_POLICY } from "../scripts/build/csp.mjs";
import { cleanInBoth } from "./axe.ts";
import { expect, type Page, test } from "./test.ts";

// Rows of the gallery: a replaced file would be a route, and Playwright's routes turn off the browser's cache.
test.use({ serviceWorkers: "allow", rows: "gallery" });

/** A step on a few tokens of one row: after a reload the rows come from the cache. */
const SHORT = "?steps=1&per_device_train_batch_size=1&max_length=32";

const start = (page: Page) => page.getByRole("button", { name: "Start", exact: true });
const note = (page: Page) => page.getByRole("complementary", { name: "Network" });

/** A first visit that ends when everything is cached. */
async function visit(page: Page): Promise<void> {
	await page.goto(`/${SHORT}`);
	await expect(start(page)).toBeEnabled({ timeout: 60_000 });
	// A service worker becomes active only when its whole list is cached.
	await page.evaluate(async () => void (await navigator.serviceWorker.ready));
}

test("a visit downloads the page once; after it the page opens, trains and compares offline", async ({
	page,
	context,
}) => {
	test.setTimeout(240_000);
	const loaded = { page: 0, kept: 0, model: 0 };
	context.on("requestfinished", async (request) => {
		const { responseBodySize } = await request.sizes();
		loaded[request.serviceWorker() === null ? "page" : "kept"] += responseBodySize;
		if (request.url().includes("model.safetensors")) loaded.model++;
	});
	const arrived = Date.now();
	await visit(page);
	// The service worker takes what the page has loaded from the browser's cache.
	await expect.poll(() => loaded.model).toBe(2);
	const kB = (bytes: number) => `${(bytes / 1e3).toFixed(0)} kB`;
	console.log(
		`first visit: ${kB(loaded.page)} for the page, ${kB(loaded.kept)} more to keep it, kept after ${((Date.now() - arrived) / 1000).toFixed(1)} s`,
	);
	// The model alone has 5.5 MB: a second download of it would exceed this limit several times, while the code that is cached
	// for later use (tabs, exports, file formats) may grow.
	expect(loaded.kept).toBeLessThan(1e6);

	await context.setOffline(true);
	await expect(note(page)).toContainText("No network: everything here still works.");
	await page.reload();
	await expect(note(page)).toBeVisible();
	await expect(start(page)).toBeEnabled({ timeout: 60_000 });
	await expect(note(page)).toContainText("everything here still works", { timeout: 30_000 });
	await cleanInBoth(page, "offline");

	await page.getByRole("textbox", { name: "Prompt" }).fill("Thank you");
	await start(page).click();
	await expect(page.getByRole("status")).toContainText("finished", { timeout: 120_000 });
	await page.getByRole("button", { name: "Generate" }).click();
	for (const side of ["Base", "Tuned"]) {
		const answer = page.getByRole("region", { name: side, exact: true });
		await expect(answer).toHaveAttribute("aria-busy", "false", { timeout: 60_000 });
		await expect(answer).not.toBeEmpty();
	}

	// A link with settings opens too, in another tab; an unknown address stays a 404.
	const second = await context.newPage();
	await second.goto("/?lang=zh&r=4");
	await expect(second.getByRole("button", { name: "开始训练" })).toBeEnabled({ timeout: 60_000 });
	await expect(second.getByRole("complementary", { name: "网络" })).toContainText("网络已断开");
	await second.close();

	await context.setOffline(false);
	await expect(note(page)).toHaveCount(0);
});

test("installable: a manifest with the page's colours and icons of the sizes it states", async ({ page }) => {
	await page.goto("/");
	const manifest = await page.evaluate(async () => {
		const link = document.querySelector<HTMLLinkElement>('link[rel="manifest"]');
		return (await fetch(link?.href ?? "")).json();
	});
	expect(manifest).toMatchObject({ name: "TabTune", display: "standalone", start_url: "./" });
	const tokens = await readFile("app/styles/tokens.css", "utf8");
	for (const colour of [manifest.theme_color, manifest.background_color]) expect(tokens).toContain(`: ${colour};`);
	const drawn = await page.evaluate(
		(icons: { src: string; type: string }[]) =>
			Promise.all(
				icons.map(async ({ src }) => {
					const image = new Image();
					image.src = `/${src}`;
					await image.decode();
					return `${image.naturalWidth}x${image.naturalHeight}`;
				}),
			),
		manifest.icons,
	);
	const stated = manifest.icons.map(({ sizes }: { sizes: string }) => sizes);
	expect(drawn.filter((_, i) => stated[i] !== "any")).toEqual(["192x192", "512x512", "512x512"]);
	expect(manifest.icons.map(({ purpose }: { purpose: string }) => purpose)).toContain("maskable");
	// Chromium's own installability check.
	const session = await page.context().newCDPSession(page);
	const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
	expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito")).toEqual([]);
});

test("the policy is in headers, in the page and in _headers, and is enforced in page and worker", async ({
	page,
	request,
	watch,
}) => {
	const response = await page.goto("/");
	const policy = HEADERS["Content-Security-Policy"];
	expect(response?.headers()["content-security-policy"]).toBe(policy);
	const built = await page.locator("meta[http-equiv]").getAttribute("content");
	expect(built).toBe(META_POLICY);
	const script = await page.locator('script[type="module"]').last().getAttribute("src");
	expect((await request.get(script ?? "")).headers()["content-security-policy"]).toBe(policy);
	const headers = await request.get("/_headers");
	expect(await headers.text()).toContain(`Content-Security-Policy: ${policy}`);
	expect(policy).not.toMatch(/unsafe|https?:|\*/);
	expect(watch.seen).toEqual([]);

	// Violations are blocked, and the watch of every test sees them.
	const stopped = await page.evaluate(async () => {
		const refused = (run: () => unknown) => {
			try {
				run();
				return false;
			} catch {
				return true;
			}
		};
		return {
			fetch: await fetch("https://example.org/").then(
				() => false,
				() => true,
			),
			worker: refused(() => new Worker("https://example.org/worker.js")),
			markup: refused(() => {
				document.createElement("div").innerHTML = "<b>text</b>";
			}),
		};
	});
	expect(stopped).toEqual({ fetch: true, worker: true, markup: true });
	const inWorker = await page.workers()[0].evaluate(() =>
		fetch("https://example.org/from-the-worker").then(
			() => "sent",
			() => "stopped",
		),
	);
	expect(inWorker).toBe("stopped");
	await expect.poll(() => watch.seen.join("\n")).toMatch(/connect-src[\s\S]*TrustedHTML[\s\S]*from-the-worker/);
	watch.seen.length = 0;
});

test("requests to other origins are detected, also in a test's own context", async ({ browser, baseURL, watch }) => {
	const context = await browser.newContext();
	await watch(context);
	const page = await context.newPage();
	// The same server by its other host name is another origin.
	const other = new URL(baseURL ?? "");
	other.hostname = "127.0.0.1";
	await page.goto(new URL("/icon.svg", other).href);
	await context.close();
	expect(watch.seen).toEqual([new URL("/icon.svg", other).href]);
	watch.seen.length = 0;
});
