// `npm run package`: builds the engine as an npm package in .tabtune/package and packs it there: ESM for pages and for Node,
// with types. Another project only needs `npm install` of the tarball; docs/package.md shows how.
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensurePackages } from "../ci/packages.mjs";
import { ROOT } from "../files.mjs";
import { billOfMaterials, NOTICES, Notices, SBOM } from "./notices.mjs";

const OUT = join(ROOT, ".tabtune", "package");
const ENTRIES = { index: "es2023", node: "node20" };

/** @param {string} entry @param {string} target @param {Notices} notices collects its packages */
async function bundle(entry, target, notices) {
	const { build } = await import("vite");
	await build({
		configFile: false,
		root: ROOT,
		publicDir: false,
		plugins: [notices.collector()],
		logLevel: "error",
		ssr: { noExternal: true, external: ["webgpu"] },
		build: {
			...(entry === "node" ? { ssr: join(ROOT, "src/package/node.ts") } : {}),
			...(entry === "node" ? {} : { lib: { entry: join(ROOT, "src/package/index.ts"), formats: ["es"] } }),
			outDir: join(OUT, entry),
			target,
			minify: false,
			rolldownOptions: { output: { entryFileNames: "index.js" } },
		},
	});
}

/** Writes type declarations of the two entries and of everything they import, with .ts removed from import paths. */
function types() {
	const made = join(OUT, "types");
	const tsc = join(ROOT, "node_modules", ".bin", "tsc");
	execFileSync(tsc, ["-p", join(ROOT, "scripts", "build", "package.tsconfig.json"), "--outDir", made], {
		stdio: "inherit",
	});
	for (const path of readdirSync(made, { recursive: true, encoding: "utf8" })) {
		if (!path.endsWith(".d.ts")) continue;
		const file = join(made, path);
		writeFileSync(file, readFileSync(file, "utf8").replace(/(from ".*?)\.ts"/g, '$1.js"'));
	}
}

/** @returns {Promise<string>} the tarball */
export async function makePackage() {
	rmSync(OUT, { recursive: true, force: true });
	mkdirSync(OUT, { recursive: true });
	const notices = new Notices();
	for (const [entry, target] of Object.entries(ENTRIES)) await bundle(entry, target, notices);
	writeFileSync(join(OUT, NOTICES), notices.text());
	writeFileSync(join(OUT, SBOM), billOfMaterials());
	types();
	const { name, version, description, license, engines, dependencies } = JSON.parse(
		readFileSync(join(ROOT, "package.json"), "utf8"),
	);
	const door = (/** @type {string} */ entry) => ({
		types: `./types/package/${entry}.d.ts`,
		default: `./${entry}/index.js`,
	});
	const manifest = {
		name,
		version,
		description,
		license,
		engines,
		type: "module",
		exports: { ".": door("index"), "./node": door("node") },
		peerDependencies: { webgpu: dependencies.webgpu },
		peerDependenciesMeta: { webgpu: { optional: true } },
	};
	writeFileSync(join(OUT, "package.json"), `${JSON.stringify(manifest, null, "\t")}\n`);
	copyFileSync(join(ROOT, "docs", "package.md"), join(OUT, "README.md"));
	cpSync(join(ROOT, "LICENSE"), join(OUT, "LICENSE"));
	const packed = execFileSync("npm", ["pack", "--silent", "--pack-destination", join(ROOT, ".tabtune")], {
		cwd: OUT,
		encoding: "utf8",
	});
	return join(ROOT, ".tabtune", packed.trim().split("\n").at(-1) ?? "");
}

if (process.argv[1] === import.meta.filename) {
	ensurePackages();
	console.log(await makePackage());
}
