// Runs a bench in Node: `node bench/run.mjs bench/matmul.ts`. Vite loads the TypeScript and the shaders as the app does.
import { resolve } from "node:path";
import { runnerImport } from "vite";

await runnerImport(resolve(process.argv[2]), { configFile: false, logLevel: "error" });
process.exit(0);
