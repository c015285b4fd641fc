// The backports line follows the machine's own mirror, in both of apt's file forms.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { backportsLine, parseSources, readSources } from "./apt-sources.mjs";

const PARAGRAPHS = `# a comment
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
# another
Suites: bookworm-security
Components: main
`;

test("the form in paragraphs: mirror and key are taken over", () => {
	expect(backportsLine(parseSources("debian.sources", PARAGRAPHS), "bookworm")).toBe(
		"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.example/debian bookworm-backports main",
	);
});

test("the form in lines: options are kept, comments and sources of code are not sources", () => {
	const text = `# deb http://old.example/debian bookworm main
deb-src http://code.example/debian bookworm main
deb http://security.example/debian-security bookworm-security main
deb [arch=amd64 trusted=yes] https://mirror.example/deb bookworm main contrib`;
	expect(backportsLine(parseSources("sources.list", text), "bookworm")).toBe(
		"deb [arch=amd64 trusted=yes] https://mirror.example/deb bookworm-backports main",
	);
});

test("nothing to add when they are there; Debian's own address when the machine names no mirror", () => {
	const there = parseSources("b.list", "deb http://mirror.example/debian bookworm-backports main");
	expect(backportsLine(there, "bookworm")).toBeNull();
	expect(backportsLine(parseSources("d.sources", PARAGRAPHS.replace("Types", "Enabled: no\nTypes")), "bookworm")).toBe(
		"deb http://deb.debian.org/debian bookworm-backports main",
	);
});

test("every file of apt's folder is read", () => {
	const folder = mkdtempSync(join(tmpdir(), "tabtune-apt-"));
	try {
		mkdirSync(join(folder, "sources.list.d"));
		writeFileSync(join(folder, "sources.list.d", "debian.sources"), PARAGRAPHS);
		writeFileSync(join(folder, "sources.list.d", "saved.bak"), "deb http://no.example/debian bookworm-backports main");
		writeFileSync(join(folder, "sources.list"), "deb http://tools.example/apt stable main");
		expect(readSources(folder).map(({ uri }) => uri)).toEqual([
			"http://tools.example/apt",
			"http://mirror.example/debian",
			"http://mirror.example/debian-security",
		]);
	} finally {
		rmSync(folder, { recursive: true });
	}
});
