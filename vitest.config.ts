import { defineConfig } from "vitest/config";

// Unit, GPU and golden tests stand beside the code they test. Browser tests live in e2e/ (Playwright).
export default defineConfig({
	test: {
		include: ["src/**/*.test.ts", "app/**/*.test.ts", "scripts/**/*.test.ts"],
		testTimeout: 120_000,
		hookTimeout: 120_000,
	},
});
