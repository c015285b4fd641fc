// A new version of the page waits until the user asks for it: nothing reloads by itself, least of all during a run.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { cleanInBoth } from "./axe.ts";
import { test as base, expect } from "./test.ts";

// Serves the page and can switch to a newer build: another list in the service worker and a mark in the page. A separate
// server, because Playwright's routes do not see requests for an updated service worker.
const release = { newer: false };
const test = base.extend({
	baseURL: async ({ baseURL }, use) => {
		const server = createServer(async (request, response) => {
			const answer = await fetch(new URL(request.url ?? "/", baseURL));
			let body = Buffer.from(await answer.arrayBuffer());
			const { pathname } = new URL(request.url ?? "/", baseURL);
			if (release.newer && pathname === "/sw.js")
				body = Buffer.from(body.toString().replace(/(url:"index.html",revision:")\w/, "$1z"));
			if (release.newer && pathname === "/index.html")
				body = Buffer.from(body.toString().replace("<html", '<html data-newer="true"'));
			const headers = ["content-type", "content-security-policy", "cross-origin-opener-policy"];
			for (const name of headers) response.setHeader(name, answer.headers.get(name) ?? "");
			response.writeHead(answer.status).end(body);
		});
		await new Promise<void>((done) => server.listen(0, "localhost", done));
		await use(`http://localhost:${(server.address() as AddressInfo).port}/`);
		server.closeAllConnections();
		server.close();
	},
});

test.use({ serviceWorkers: "allow" });

test("a new version waits, is not shown during a run, and is loaded by the button", async ({ page }) => {
	test.setTimeout(180_000);
	const start = page.getByRole("button", { name: "Start", exact: true });
	const note = page.getByRole("complementary", { name: "Network" });
	await page.goto("/");
	await page.evaluate(async () => void (await navigator.serviceWorker.ready));
	release.newer = true;
	await page.reload();
	await expect(note).toContainText("A new version of TabTune is available.", { timeout: 60_000 });
	await expect(page.locator("html[data-newer]")).toHaveCount(0);
	await cleanInBoth(page, "a newer version waits");

	await page.getByRole("spinbutton", { name: "Steps" }).fill("300");
	await start.click();
	await expect(page.getByRole("status")).toContainText(/step \d/, { timeout: 60_000 });
	await expect(note).toHaveCount(0);
	await page.getByRole("button", { name: "Stop and keep" }).click();
	await note.getByRole("button", { name: "Reload" }).click({ timeout: 60_000 });
	await expect(page.locator("html[data-newer]")).toHaveCount(1);
	await expect(start).toBeEnabled({ timeout: 60_000 });
	await expect(note).toHaveCount(0);
});
