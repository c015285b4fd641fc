import { expect, it } from "vitest";
import { HEADERS, HUB_HEADERS, headersFile, headersOf } from "./csp.mjs";

const CSP = "Content-Security-Policy";

it("_headers gives the same headers as the server, with the policy in a single rule", () => {
	const rules = headersFile()
		.trim()
		.split(/\n(?=\S)/)
		.map((rule) => {
			const [path, ...lines] = rule.split("\n");
			return { path, headers: Object.fromEntries(lines.map((line) => line.trim().split(/: (.*)/, 2))) };
		});
	for (const path of ["/", "/index.html", "/assets/main-x.js", "/hub/hub-worker-x.js", "/sw.js"]) {
		const matching = rules.filter((rule) =>
			rule.path.endsWith("*") ? path.startsWith(rule.path.slice(0, -1)) : rule.path === path,
		);
		expect(matching.filter(({ headers }) => CSP in headers).length, path).toBe(1);
		expect(Object.assign({}, ...matching.map(({ headers }) => headers)), path).toMatchObject(headersOf(path));
	}
});

it("page and engine may access no other origin; the worker that downloads models may use https and this machine", () => {
	expect(HEADERS[CSP]).toContain("connect-src 'self';");
	expect(headersOf("/assets/main-x.js?v")).toBe(HEADERS);
	expect(headersOf("/hub/hub-worker-x.js")).toBe(HUB_HEADERS);
	expect(HUB_HEADERS[CSP]).toContain("connect-src 'self' https: http://localhost:* http://127.0.0.1:*;");
	expect(HUB_HEADERS[CSP]).not.toMatch(/unsafe/);
});
