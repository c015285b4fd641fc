// Browser tests: the built page, served as `npm start` serves it, in a Chromium that has WebGPU without a GPU. SwiftShader
// takes the processor's cores: what is timed runs alone, all else two at a time, for a page waits as often as it works.
import { createServer } from "node:net";
import { defineConfig } from "@playwright/test";
import { chromiumFlags, findChromium } from "./scripts/ci/chromium.mjs";

async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	const address = server.address();
	await new Promise((done) => server.close(done));
	if (address === null || typeof address === "string") throw new Error("no free port");
	return address.port;
}

// Workers read this file again and inherit the environment: the port is chosen once.
process.env.TABTUNE_E2E_PORT ??= String(await freePort());
const url = `http://localhost:${process.env.TABTUNE_E2E_PORT}/`;
// Without a Chromium the file still loads (knip reads it), and Playwright says what is missing when a test starts.
const executablePath = (await findChromium()) ?? undefined;

/** Tests that compare a time with its limit: they run alone. */
const PACED = /@paced/;

export default defineConfig({
	testDir: "e2e",
	projects: [
		{ name: "paced", grep: PACED, workers: 1 },
		{ name: "browser", grepInvert: PACED },
	],
	outputDir: "test-results",
	workers: 2,
	fullyParallel: false,
	forbidOnly: true,
	timeout: 240_000, // a minute on a quiet machine; machines are busy
	expect: { timeout: 15_000 },
	reporter: [["list"], ["json", { outputFile: process.env.TABTUNE_E2E_REPORT ?? ".tabtune/e2e.json" }]],
	use: {
		baseURL: url,
		headless: true,
		viewport: { width: 1280, height: 900 },
		// A service worker would fetch the whole page a second time in every test; those about it allow it.
		serviceWorkers: "block",
		screenshot: "only-on-failure",
		trace: "off", // recording one takes half as much processor time again; `--trace on` records it
		launchOptions: { executablePath, args: chromiumFlags() },
	},
	webServer: {
		command: "node scripts/start.mjs",
		env: { PORT: process.env.TABTUNE_E2E_PORT, BROWSER: "none" },
		url,
		timeout: 180_000,
		reuseExistingServer: false,
		stdout: "ignore",
		stderr: "pipe",
	},
});
