// `npm start`: installs what is missing, builds what changed, serves dist/ on this machine only and prints the address.
// PORT selects the port (default: the first free one from 4173), HOST the interface (default: this machine only).
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { join } from "node:path";
import { buildApp } from "./build/build-app.mjs";
import { headersOf } from "./build/csp.mjs";
import { ensurePackages } from "./ci/packages.mjs";
import { ROOT } from "./files.mjs";

const FIRST_PORT = 4173;

function requestedPort() {
	const { PORT } = process.env;
	if (PORT === undefined || PORT === "") return null;
	const port = Number(PORT);
	if (!Number.isInteger(port) || port < 1 || port > 65_535) fail(`PORT is "${PORT}": give a number from 1 to 65535`);
	return port;
}

/** @returns {never} @param {string} message */
function fail(message) {
	console.error(`error: ${message}`);
	process.exit(1);
}

/** Whether a user sits at this machine: not a server, CI or a remote login. */
function isDesktop() {
	const { CI, SSH_CONNECTION, DISPLAY, WAYLAND_DISPLAY, BROWSER } = process.env;
	if (CI || SSH_CONNECTION || BROWSER === "none") return false;
	return process.platform !== "linux" || Boolean(DISPLAY || WAYLAND_DISPLAY);
}

/** @param {string} url */
function open(url) {
	const [program, ...args] =
		process.platform === "darwin"
			? ["open", url]
			: process.platform === "win32"
				? ["cmd", "/c", "start", "", url]
				: ["xdg-open", url];
	// A missing browser is not an error: the address is printed above.
	spawn(program, args, { stdio: "ignore", detached: true })
		.on("error", () => {})
		.unref();
}

const requested = requestedPort();
ensurePackages();
await buildApp().catch((error) => fail(`the page did not build: ${error instanceof Error ? error.message : error}`));

const { preview } = await import("vite");
const server = await preview({
	root: ROOT,
	configFile: false,
	logLevel: "error",
	appType: "mpa", // a missing file is a 404, not the page
	build: { outDir: join(ROOT, "dist") },
	preview: {
		host: process.env.HOST || "127.0.0.1",
		port: requested ?? FIRST_PORT,
		strictPort: requested !== null,
		open: false,
	},
	plugins: [
		{
			name: "tabtune:headers",
			configurePreviewServer({ middlewares }) {
				middlewares.use((request, response, next) => {
					const headers = Object.entries(headersOf(request.url ?? ""));
					for (const [name, value] of headers) response.setHeader(name, value);
					next();
				});
			},
		},
	],
}).catch((error) =>
	fail(
		/EADDRINUSE|in use/.test(String(error))
			? `port ${requested} is taken: set PORT to another one, or leave it out`
			: `the server did not start: ${error}`,
	),
);
const address = server.httpServer.address();
const port = typeof address === "object" && address !== null ? address.port : requested;
// "localhost" may mean either loopback address, so listen on both if the machine has both.
if (!process.env.HOST)
	createServer(server.middlewares)
		.on("error", () => {})
		.listen(Number(port), "::1");
const url = `http://localhost:${port}/`;
console.log("TabTune is ready. Ctrl-C stops it. Open:");
console.log(url);
if (isDesktop()) open(url);

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
	process.once(signal, () => process.exit(0));
}
