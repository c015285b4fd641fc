// Runs a bench in Node: `node bench/run.mjs bench/matmul.ts`. Vite loads the TypeScript and the shaders as the app does.
// BENCH_CLOCK=cpu measures the CPU time of the driver's threads (Linux, software adapters), which varies far less on a busy
// machine.
import { readdirSync, readFileSync } from "node:fs";
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
await runnerImport(resolve(process.argv[2]), { configFile: false, logLevel: "error" });
process.exit(0);
