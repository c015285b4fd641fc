// The `test` of every browser test. It fails a test whose page, worker or service worker requests another origin or violates
// the content security policy. A context that a test creates itself is watched by `await watch(context)`.
// Tests train on short rows; `test.use({ rows: "gallery" })` keeps those of the gallery.
import { type BrowserContext, type Page, test as playwright } from "@playwright/test";
import { shortGallery } from "./short-rows.ts";

/** The browser's messages for a violation, and those of the listener below. */
const BREACH = /Content Security Policy|requires? '?Trusted|securitypolicyviolation/i;

interface Watch {
	(context: BrowserContext): Promise<void>;
	/** Requests to other origins and policy violations so far; a test that provokes one removes it. */
	seen: string[];
}

/** Runs in pages and workers: Chromium logs only the violations of pages. */
const logViolations = () =>
	addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile }) =>
		console.error(`securitypolicyviolation: ${violatedDirective} ${blockedURI} ${sourceFile}`),
	);

export const test = playwright.extend<{ watch: Watch; rows: "short" | "gallery" }>({
	rows: ["short", { option: true }],
	watch: [
		async ({ baseURL }, use) => {
			const seen: string[] = [];
			const own = new URL(baseURL ?? "").host;
			const check = (address: string) => {
				const { protocol, host } = new URL(address);
				if (/^(https?|wss?):$/.test(protocol) && host !== own) seen.push(address);
			};
			const follow = (page: Page) => {
				page.on("websocket", (socket) => check(socket.url()));
				// The worker has already ended.
				page.on("worker", (worker) => void worker.evaluate(logViolations).catch(() => undefined));
			};
			const watch = async (context: BrowserContext) => {
				// Messages of workers and service workers arrive through their context.
				context.on("request", (request) => check(request.url()));
				context.on("console", (message) => {
					if (BREACH.test(message.text())) seen.push(message.text());
				});
				context.pages().forEach(follow);
				context.on("page", follow);
				await context.addInitScript(logViolations);
			};
			await use(Object.assign(watch, { seen }));
			if (seen.length > 0)
				throw new Error(`other origins were asked, or the content security policy was broken:\n${seen.join("\n")}`);
		},
		{ auto: true },
	],
	context: async ({ context, watch, rows }, use) => {
		await watch(context);
		if (rows === "short") await shortenRows(context);
		await use(context);
	},
});

/** Serves short rows in place of the gallery's. A service worker would bypass them. */
export async function shortenRows(context: BrowserContext): Promise<void> {
	for (const [file, body] of shortGallery())
		await context.route(`**/gallery/${file}`, (route) => route.fulfill({ body }));
}

/** Waits for a text, looking at every frame: a step may be over before `expect` looks again. */
export async function sees(page: Page, text: RegExp, timeout: number): Promise<void> {
	const shows = (source: string) => new RegExp(source).test(document.body.textContent ?? "");
	await page.waitForFunction(shows, text.source, { timeout });
}

export { type Browser, type BrowserContext, expect, type Page } from "@playwright/test";
