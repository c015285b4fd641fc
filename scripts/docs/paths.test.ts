// Every file and folder that the documents name exists. Paths are relative to the repository, the document, src, src/engine
// or app; a bare file name must be the end of a file's path.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { filesIn, ROOT } from "../files.mjs";

const DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", ...filesIn(["docs"])].filter((path) =>
	path.endsWith(".md"),
);
const BASES = ["", "src", "src/engine", "app"];
const FILES = filesIn(["app", "bench", "e2e", "examples", "fixtures", "scripts", "src", "standalone"]);
/** Files of other projects, and of archives that TabTune writes. */
const ELSEWHERE = ["vllm/lora/peft_helper.py", "convert_hf_to_gguf.py", "train.py"];
const SOURCE = /\w\.(tsx?|mjs|py|wgsl|css|jsonc|sh)$/;

/** Paths in code spans and links. Commands are split at spaces; patterns and placeholders (`NAME.ts`, `*.ts`) are skipped. */
function pathsIn(text: string): string[] {
	const blocks = text.replace(/^```[\s\S]*?^```/gm, "");
	const spans = [...blocks.matchAll(/`([^`\n]+)`/g)].flatMap(([, span]) => span.split(/[\s,;:]+/));
	const links = [...blocks.matchAll(/\]\(([^)#\s]+)/g)].map(([, target]) => target);
	const isPath = (word: string) =>
		/^[\w.@-]+(\/[\w.@-]+)*\/?$/.test(word) &&
		(SOURCE.test(word) || /^(src|app|docs|e2e|bench|fixtures|scripts|public|examples|standalone)\//.test(word));
	return [...new Set([...spans.filter(isPath), ...links.filter((target) => !/^\w+:/.test(target))])].filter(
		(path) => !/[A-Z]{4,}(\.\w+)+$/.test(path) || path.endsWith(".md"),
	);
}

test.each(DOCUMENTS)("the paths in %s exist", (document) => {
	const bases = [...BASES, dirname(document)];
	const exists = (path: string) =>
		bases.some((base) => existsSync(join(ROOT, base, path))) ||
		(!path.includes("/") && FILES.some((file) => file.endsWith(path)));
	const missing = pathsIn(readFileSync(join(ROOT, document), "utf8")).filter(
		(path) => !ELSEWHERE.includes(path) && !exists(path),
	);
	expect(missing).toEqual([]);
});
