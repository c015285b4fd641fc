// Packs a bench for a real GPU into a folder that needs only Node: npm run bench -- real-gpu [--output DIR]
// [--platforms linux-x64,win32-x64,…]. Copy the folder to the machine with the GPU and run `node run.mjs` in it
// (real-gpu/main.ts has the program).
import { cpSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "vite";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const DAWN = join(ROOT, "node_modules/webgpu");
const LARGEST = 60e6; // bytes

const { values: options } = parseArgs({
	args: process.argv.slice(3),
	options: {
		output: { type: "string", default: join(ROOT, ".tabtune/real-gpu") },
		platforms: { type: "string", default: "linux-x64" },
	},
});
const known = readdirSync(join(DAWN, "dist"));
const platforms = options.platforms.split(",");
const strange = platforms.find((name) => !known.includes(name));
if (strange !== undefined) {
	console.error(`--platforms lists some of ${known.join(", ")}, not ${strange}`);
	process.exit(2);
}

const folder = resolve(options.output);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
await build({
	root: ROOT,
	configFile: false,
	publicDir: false,
	logLevel: "error",
	resolve: { alias: { vitest: join(ROOT, "bench/real-gpu/vitest.ts") } },
	ssr: { noExternal: true, external: ["webgpu"] },
	build: {
		ssr: join(ROOT, "bench/real-gpu/main.ts"),
		outDir: folder,
		target: "node20",
		minify: false,
		rolldownOptions: {
			output: { entryFileNames: "run.mjs", codeSplitting: true, chunkFileNames: "parts/[name]-[hash].mjs" },
		},
	},
});
for (const file of ["package.json", "index.js", "LICENSE.md"])
	cpSync(join(DAWN, file), join(folder, "node_modules/webgpu", file));
for (const platform of platforms)
	cpSync(join(DAWN, "dist", platform), join(folder, "node_modules/webgpu/dist", platform), { recursive: true });
writeFileSync(
	join(folder, "README.md"),
	`# TabTune on a real GPU

Needs Node 20 or later and a GPU driver (Vulkan on Linux); nothing to install. For ${platforms.join(", ")}.

    node run.mjs [--minutes 8] [--output real-gpu] [--skip correctness,device,steps,peers]

It prints its progress to stderr and the report to stdout, and writes real-gpu.json and real-gpu.md: the correctness of the kernels
against the TypeScript reference, the device's peaks, the kernels, LoRA steps of three models' shapes with random weights, and jax-js
beside them. What would not end within the time limit is left out, and the report says so.
`,
);

const bytesIn = (path: string): number =>
	statSync(path).isDirectory()
		? readdirSync(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0)
		: statSync(path).size;
const bytes = bytesIn(folder);
console.log(`${folder}: ${(bytes / 1e6).toFixed(1)} MB for ${platforms.join(", ")}. Copy it and run: node run.mjs`);
if (bytes > LARGEST) console.error(`This is more than ${LARGEST / 1e6} MB: name fewer platforms.`);
console.log(JSON.stringify({ folder, bytes, platforms }));
