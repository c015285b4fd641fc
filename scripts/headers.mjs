// What the served page may do, stated once: `npm start` sends these headers, and the build writes them into index.html
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
	// scroll bars, which app/trusted.ts empties and base.css does: the hash is that of an empty <style>.
	"style-src": "'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
	"img-src": "'self' blob: data:",
	"font-src": "'self'",
	"manifest-src": "'self'",
	// This origin alone. A model from the Hub is not a default: it would be asked for, and it would be named here.
	"connect-src": "'self'",
	"object-src": "'none'",
	"base-uri": "'none'",
	"form-action": "'none'",
	"frame-ancestors": "'none'",
	// Text never becomes markup or code. The one policy (app/trusted.ts) lets scripts of this origin be started.
	"require-trusted-types-for": "'script'",
	"trusted-types": "default",
};

/** Directives a <meta> may not carry: browsers ignore them there, with a complaint. */
const HEADER_ONLY = ["frame-ancestors"];

const policy = (/** @type {(name: string) => boolean} */ keep) =>
	Object.entries(POLICY)
		.filter(([name]) => keep(name))
		.map(([name, value]) => `${name} ${value}`)
		.join("; ");

/** The policy as index.html carries it, for hosts that send no headers. */
export const META_POLICY = policy((name) => !HEADER_ONLY.includes(name));

/** Sent with every file. @type {Readonly<Record<string, string>>} */
export const HEADERS = {
	"Content-Security-Policy": policy(() => true),
	"Cross-Origin-Opener-Policy": "same-origin",
	"Referrer-Policy": "no-referrer",
	"X-Content-Type-Options": "nosniff",
};

/** The same as a `_headers` file; names of files in assets/ change with their contents, so those may be kept for ever. */
export function headersFile() {
	const lines = (/** @type {Readonly<Record<string, string>>} */ headers) =>
		Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`);
	return [
		"/*",
		...lines(HEADERS),
		"/assets/*",
		...lines({ "Cache-Control": "public, max-age=31536000, immutable" }),
		"/sw.js",
		...lines({ "Cache-Control": "no-cache" }),
		"",
	].join("\n");
}
