import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { VitePWA } from "vite-plugin-pwa";
import checksums from "./public/base-model/checksums.json" with { type: "json" };
import { HUB_WORKER, headersFile, META_POLICY } from "./scripts/build/csp.mjs";
import { firstVisit } from "./scripts/build/first-visit.mjs";
import { manifest } from "./scripts/build/manifest.mjs";
import { billOfMaterials, NOTICES, Notices, SBOM } from "./scripts/build/notices.mjs";
import { shaders } from "./scripts/build/shaders.mjs";
import { standAlone } from "./scripts/build/stand-alone.mjs";

/** Writes the policy of scripts/build/csp.mjs into the built page and, for hosts that read it, into `_headers`. */
function policy(): Plugin {
	return {
		name: "tabtune:policy",
		apply: "build",
		// After the charset, which must be in the first bytes, and before everything that the policy restricts.
		transformIndexHtml: (html) =>
			html.replace(
				'<meta charset="utf-8" />',
				`$&\n\t\t<meta http-equiv="Content-Security-Policy" content="${META_POLICY}" />`,
			),
		generateBundle() {
			this.emitFile({ type: "asset", fileName: "_headers", source: headersFile() });
		},
	};
}

const packages = new Notices();

/** Writes the licences of the packages in the page and its workers, and the bill of materials. It is the last to see a bundle. */
function notices(): Plugin {
	return {
		name: "tabtune:write-notices",
		apply: "build",
		generateBundle: {
			order: "post",
			handler() {
				packages.addInlined();
				this.emitFile({ type: "asset", fileName: NOTICES, source: packages.text() });
				this.emitFile({ type: "asset", fileName: SBOM, source: billOfMaterials() });
			},
		},
	};
}

// The service worker keeps every file the page needs, so that it opens with the network off.
const offline = VitePWA({
	registerType: "prompt", // a newer version waits: nothing reloads a page in the middle of a run
	injectRegister: false, // app/features/workspace/offline.ts registers it once the page has loaded
	manifest: manifest(),
	includeManifestIcons: false, // they are in globPatterns
	workbox: {
		globPatterns: ["**/*.{html,js,css,svg,png,json,jsonl,safetensors,jinja,txt}"],
		globIgnores: ["base-model/{expected,training_log}.json", NOTICES, SBOM],
		maximumFileSizeToCacheInBytes: 16 * 1024 * 1024,
		manifestTransforms: [
			(entries) => ({
				// By checksum, as src/worker/model-source.ts requests them. Without a revision the service worker reads them from
				// the HTTP cache, where the page's fetch stored them: five megabytes are not downloaded twice.
				manifest: entries.map((entry) => {
					const [, file = ""] = /^base-model\/(.+)$/.exec(entry.url) ?? [];
					const sha256 = Object.entries(checksums.files).find(([name]) => name === file)?.[1].sha256;
					return sha256 === undefined ? entry : { ...entry, url: `${entry.url}?sha256=${sha256}`, revision: null };
				}),
			}),
		],
		navigateFallback: null, // there is one page; any other URL is a 404
		ignoreURLParametersMatching: [/./], // the page's settings are in its URL
		cleanupOutdatedCaches: true,
		clientsClaim: true, // so that the first visit also survives the loss of the network
		inlineWorkboxRuntime: true,
		sourcemap: false,
	},
});

// The app's build. Kernels are imported as text (`foo.wgsl?raw`); the worker is an ES module.
export default defineConfig({
	base: "./", // the built page may lie in any folder of a host
	plugins: [react(), tailwindcss(), shaders(), policy(), packages.collector(), standAlone(), notices(), offline],
	resolve: {
		alias: { "react-style-singleton": fileURLToPath(new URL("app/lib/style-sheet.ts", import.meta.url)) },
	},
	worker: {
		format: "es",
		plugins: () => [shaders(), packages.collector()],
		rolldownOptions: {
			output: {
				codeSplitting: { groups: [firstVisit("engine")] },
				// In a separate folder, because its policy is different (scripts/build/csp.mjs).
				entryFileNames: ({ name }) => `${name === "hub-worker" ? HUB_WORKER : "assets"}/[name]-[hash].js`,
			},
		},
	},
	build: {
		target: "es2023",
		rolldownOptions: {
			output: { codeSplitting: { groups: [firstVisit("page")] } },
			checks: { pluginTimings: false },
		},
	},
});
