// The page's build, made only when its sources changed: into a folder of its own, then put in dist/'s place whole.
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
	"scripts/build/shaders.mjs",
	"scripts/build/stand-alone.mjs",
	"package.json",
	"package-lock.json",
];
const DIST = join(ROOT, "dist");
const STAMP = "build.txt"; // which sources dist/ was built from

/** Makes dist/ hold what the sources say. @throws when the build fails; dist/ is then as it was. */
export async function buildApp() {
	const sources = fingerprint(SOURCES, "contents");
	const stamp = join(DIST, STAMP);
	const isBuilt = () => existsSync(stamp) && readFileSync(stamp, "utf8") === sources;
	if (isBuilt()) return;
	console.log("Building the page …");
	const folder = join(ROOT, ".tabtune", `dist-${process.pid}`);
	// Else one from the shell, or from Vite when it has run a module here (npm run guide), would build React for
	// development and a service worker that keeps nothing.
	process.env.NODE_ENV = "production";
	const { build } = await import("vite");
	try {
		await build({ root: ROOT, logLevel: "warn", build: { outDir: folder, emptyOutDir: true } });
		writeFileSync(join(folder, STAMP), sources);
		rmSync(DIST, { recursive: true, force: true });
		renameSync(folder, DIST);
	} catch (error) {
		// Another that started at the same time was quicker: its build is as good.
		if (!isBuilt()) throw error;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
