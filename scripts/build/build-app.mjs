// Builds the page if its sources changed: into a temporary folder, which then replaces dist/.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fingerprint, ROOT } from "../files.mjs";

const SOURCES = [
	"app",
	"src",
	"public",
	"standalone",
	"index.html",
	"vite.config.ts",
	"scripts/build/build-app.mjs",
	"scripts/build/csp.mjs",
	"scripts/build/manifest.mjs",
	"scripts/build/notices.mjs",
	"scripts/build/shaders.mjs",
	"scripts/build/stand-alone.mjs",
	"package.json",
	"package-lock.json",
];
const DIST = join(ROOT, "dist");
const STAMP = "build.txt"; // identifies the sources from which dist/ was built

/** Brings dist/ up to date. @throws if the build fails; dist/ is then unchanged. */
export async function buildApp() {
	const sources = fingerprint(SOURCES, "contents");
	const stamp = join(DIST, STAMP);
	const isBuilt = () => existsSync(stamp) && readFileSync(stamp, "utf8") === sources;
	if (isBuilt()) return;
	console.log("Building the page …");
	const folder = join(ROOT, ".tabtune", `dist-${process.pid}`);
	// Overrides a NODE_ENV from the shell, or from Vite after it has run a module here (npm run guide): it would build React
	// for development and a service worker that caches nothing.
	process.env.NODE_ENV = "production";
	const { build } = await import("vite");
	try {
		await build({ root: ROOT, logLevel: "warn", build: { outDir: folder, emptyOutDir: true } });
		writeFileSync(join(folder, STAMP), sources);
		rmSync(DIST, { recursive: true, force: true });
		renameSync(folder, DIST);
	} catch (error) {
		// A concurrent build finished first; its result is the same.
		if (!isBuilt()) throw error;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
