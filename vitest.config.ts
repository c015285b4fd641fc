// Three projects: units need no GPU; gpu and goldens do, two files at a time. Tests are next to the code they test; browser
// tests are in e2e/ (Playwright). The variables of the driver are set here, before any worker process starts.
import { defineConfig } from "vitest/config";
import { gpuEnv } from "./scripts/ci/gpu-env.mjs";

Object.assign(process.env, gpuEnv());

const ROOMS = "{src,app,scripts,bench,fixtures}/**";

export default defineConfig({
	test: {
		setupFiles: "src/shared/messages/en.ts", // errors have English texts in tests
		pool: "forks",
		maxWorkers: 2,
		testTimeout: 300_000, // a test that hangs; a busy machine takes several times longer than a quiet one
		hookTimeout: 300_000,
		projects: [
			{
				extends: true,
				test: {
					name: "units",
					include: [`${ROOMS}/*.test.{ts,tsx}`],
					exclude: [`${ROOMS}/*.{gpu,golden}.test.ts`],
				},
			},
			{ extends: true, test: { name: "gpu", include: [`${ROOMS}/*.gpu.test.ts`] } },
			{ extends: true, test: { name: "goldens", include: [`${ROOMS}/*.golden.test.ts`] } },
		],
	},
});
