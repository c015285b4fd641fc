// `npm run -s tabtune -- COMMAND …`: bundles src/cli when its sources changed since the last time, then runs it in this
// process. Only the command writes to stdout; messages of this script go to stderr.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gpuEnv } from "./ci/gpu-env.mjs";
import { ensurePackages } from "./ci/packages.mjs";
import { fingerprint, ROOT } from "./files.mjs";

const CACHE = join(ROOT, ".tabtune");
const SOURCES = ["src", "package-lock.json", "scripts/tabtune.mjs"];
const HOUR = 3_600_000;

/** Deletes bundles, complete or not, that are older than an hour. */
function clean() {
	for (const name of readdirSync(CACHE)) {
		const path = join(CACHE, name);
		if (!/^(cli|making)-/.test(name)) continue;
		if (Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) > HOUR) {
			rmSync(path, { recursive: true, force: true });
		}
	}
}

/**
 * Bundles the command into one file. It is written to a temporary folder and renamed, so that concurrent starts never see half
 * a file.
 */
async function bundle() {
	const path = join(CACHE, `cli-${fingerprint(SOURCES, "times")}.mjs`);
	if (existsSync(path)) return path;
	mkdirSync(CACHE, { recursive: true });
	clean();
	const folder = join(CACHE, `making-${process.pid}-${Date.now()}`);
	const { build } = await import("vite");
	try {
		await build({
			configFile: false,
			root: ROOT,
			publicDir: false,
			logLevel: "silent",
			// Dawn's package looks for its native library in its own folder.
			ssr: { noExternal: true, external: ["webgpu"] },
			build: {
				ssr: join(ROOT, "src/cli/main.ts"),
				outDir: folder,
				target: "node20",
				minify: false,
				rolldownOptions: { output: { entryFileNames: "cli.mjs", codeSplitting: false } },
			},
		});
		renameSync(join(folder, "cli.mjs"), path);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
	return path;
}

ensurePackages();
try {
	const path = await bundle();
	Object.assign(process.env, gpuEnv());
	// npm runs scripts in the repository's folder, but paths are relative to the user's working directory.
	const { INIT_CWD: typedIn, npm_lifecycle_event: script } = process.env;
	if (script === "tabtune" && typedIn !== undefined && existsSync(typedIn)) process.chdir(typedIn);
	await import(pathToFileURL(path).href);
} catch (error) {
	console.error(`error: the command did not start: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
	process.exit(1);
}
