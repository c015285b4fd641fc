// The content security policy of the page: `npm start` sends these headers, and the build writes them into index.html
// (a <meta>) and into dist/_headers, which Netlify, Cloudflare Pages and others read. To allow more: a line in POLICY,
// with its reason. A worker takes its policy from its own script's headers, so the server sends them with every file.

/** @type {Readonly<Record<string, string>>} */
const POLICY = {
	"default-src": "'none'",
	// No 'unsafe-eval', no 'wasm-unsafe-eval', no inline script: the bundle has none.
	"script-src": "'self'",
	"worker-src": "'self'",
	// No 'unsafe-inline': React and uPlot style elements through the CSSOM, which no policy forbids. Radix writes <style>
	// elements in two places: to lock the scroll, for which vite.config.ts gives it app/lib/style-sheet.ts, and to hide
	// scroll bars, which app/trusted.ts empties: the hash is that of an empty <style>.
	"style-src": "'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
	"img-src": "'self' blob: data:",
	"font-src": "'self'",
	"manifest-src": "'self'",
	// Only this origin, for the page and the engine, which have rows, prompts and adapters. A separate worker without these data
	// downloads models: HUB_POLICY.
	"connect-src": "'self'",
	"object-src": "'none'",
	"base-uri": "'none'",
	"form-action": "'none'",
	"frame-ancestors": "'none'",
	// Text never becomes markup or code. The only policy (app/trusted.ts) allows scripts of this origin.
	"require-trusted-types-for": "'script'",
	"trusted-types": "default",
};

/** Directives that browsers ignore in a <meta>, with a warning. */
const HEADER_ONLY = ["frame-ancestors"];

const policy = (/** @type {(name: string) => boolean} */ keep) =>
	Object.entries(POLICY)
		.filter(([name]) => keep(name))
		.map(([name, value]) => `${name} ${value}`)
		.join("; ");

/** Folder of the worker that downloads models (src/worker/hub-worker.ts) in the build; its path selects the policy. */
export const HUB_WORKER = "hub";
/**
 * Policy of that worker: any https origin, because a mirror, the Hub's storage servers and a URL can be anywhere, and servers on
 * this machine. It starts when a user asks for a model. A worker's policy comes from its script's headers; on a host that
 * sends none it is unrestricted.
 */
const HUB_POLICY = [
	"default-src 'none'",
	"script-src 'self'",
	"connect-src 'self' https: http://localhost:* http://127.0.0.1:*",
	"require-trusted-types-for 'script'",
].join("; ");

/** The policy as index.html carries it, for hosts that send no headers. */
export const META_POLICY = policy((name) => !HEADER_ONLY.includes(name));

/** Sent with every file, in addition to its policy. @type {Readonly<Record<string, string>>} */
const COMMON = {
	"Cross-Origin-Opener-Policy": "same-origin",
	"Referrer-Policy": "no-referrer",
	"X-Content-Type-Options": "nosniff",
};

/** Sent with every file but the worker that fetches models. @type {Readonly<Record<string, string>>} */
export const HEADERS = { "Content-Security-Policy": policy(() => true), ...COMMON };

/** Sent with that worker. @type {Readonly<Record<string, string>>} */
export const HUB_HEADERS = { "Content-Security-Policy": HUB_POLICY, ...COMMON };

/** @param {string} url of a request, as Node has it */
export const headersOf = (url) => (url.startsWith(`/${HUB_WORKER}/`) ? HUB_HEADERS : HEADERS);

/**
 * The same as a `_headers` file; names of files in assets/ change with their contents, so those may be cached forever. Hosts merge
 * all rules that match a file, so each path gets its policy from one rule only.
 */
export function headersFile() {
	const lines = (/** @type {Readonly<Record<string, string>>} */ headers) =>
		Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`);
	const forEver = { "Cache-Control": "public, max-age=31536000, immutable" };
	const sealed = { "Content-Security-Policy": HEADERS["Content-Security-Policy"] };
	return [
		"/*",
		...lines(COMMON),
		...["/", "/index.html"].flatMap((path) => [path, ...lines(sealed)]),
		"/assets/*",
		...lines({ ...sealed, ...forEver }),
		`/${HUB_WORKER}/*`,
		...lines({ "Content-Security-Policy": HUB_POLICY, ...forEver }),
		"/sw.js",
		...lines({ ...sealed, "Cache-Control": "no-cache" }),
		"",
	].join("\n");
}
