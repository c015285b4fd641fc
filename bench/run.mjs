// Runs a bench in Node: `npm run bench -- matmul`, or `node bench/run.mjs bench/matmul.ts`. Vite loads the TypeScript and the shaders as the app does.
// BENCH_CLOCK=cpu measures the CPU time of the driver's threads (Linux, software adapters), which varies far less on a busy
// machine.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { runnerImport } from "vite";

if (process.env.BENCH_CLOCK === "cpu") {
	performance.now = () => {
		let nanoseconds = 0;
		for (const thread of readdirSync("/proc/self/task")) {
			if (thread === String(process.pid)) continue; // Node's own thread polls while it waits
			try {
				nanoseconds += Number(readFileSync(`/proc/self/task/${thread}/schedstat`, "utf8").split(" ")[0]);
			} catch {} // the thread has just ended
		}
		return nanoseconds / 1e6;
	};
}
const [, , bench = ""] = process.argv;
const path = existsSync(bench) ? bench : `bench/${bench}.ts`;
if (!existsSync(path)) {
	const names = readdirSync("bench").filter((name) => name.endsWith(".ts") && name !== "model-shapes.ts");
	console.error(`There is no bench ${bench}. Benches: ${names.map((name) => name.replace(".ts", "")).join(", ")}`);
	process.exit(2);
}
await runnerImport(resolve(path), { configFile: false, logLevel: "error" });
process.exit(0);
