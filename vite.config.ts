import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The app's build. Kernels are imported as text (`foo.wgsl?raw`); the worker is an ES module.
export default defineConfig({
	plugins: [react()],
	worker: { format: "es" },
	build: { target: "es2023" },
});
