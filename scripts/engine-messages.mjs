// Collects the engine's messages to users, errors and warnings about rows, from the sources. engine-messages.test.ts checks that
// each has a Chinese translation.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "vite";
import { filesIn, ROOT } from "./files.mjs";

// The calls that create a message: the error's constructor, and the engine's helpers for errors and warnings.
const MAKERS = /^(TabTuneError|add|warn|onBad|fail|wrong|notYet|noRow|take|wholeText|refuse)$/;
// The names of values and functions that contain or create a part of a message.
const HOLDERS =
	/^(next|what|next[A-Z]\w*|placeOf|kindWarnings|skipReason|lineAndColumn|changed|NEXT|AGAIN|kindOf|keep|inOrder)$/;
const PARTS = new Set(["what", "next"]);

/**
 * Every message, with numbered placeholders ("{0} is missing"), mapped to its location ("file:line").
 * @returns {Map<string, string>}
 */
export function engineMessages() {
	/** @type {Map<string, string>} */
	const found = new Map();
	for (const file of filesIn(["src/engine", "src/shared", "src/worker"])) {
		if (!file.endsWith(".ts") || /(^|\/)test-|\.test\.ts$|api|shared\/messages/.test(file)) continue;
		const code = readFileSync(join(ROOT, file), "utf8");
		const note = (/** @type {string} */ text, /** @type {number} */ start) => {
			if (/[a-z]{2} [a-z{]/i.test(text) && !found.has(text)) {
				found.set(text, `${file}:${code.slice(0, start).split("\n").length}`);
			}
		};
		search(parseSync(file, code).program, note);
	}
	return found;
}

/**
 * @param {any} node
 * @param {(text: string, start: number) => void} note
 */
function search(node, note) {
	each(node, (child) => {
		const making =
			(child.type === "Property" && PARTS.has(child.key.name)) ||
			HOLDERS.test(child.id?.name ?? child.left?.name ?? (child.type === "MethodDefinition" ? child.key.name : "")) ||
			(child.type === "ThrowStatement" && !/Error|DOMException/.test(child.argument?.callee?.name ?? "")) ||
			(/^(New|Call)Expression$/.test(child.type) && MAKERS.test(child.callee.name ?? child.callee.property?.name));
		if (making || isClause(child)) collect(child, note);
		else search(child, note);
	});
}

/** What a check of settings.ts says of a value: "must be …", and of a run that is not kept. @param {any} node */
const isClause = (node) => /^(must be |This run is )/.test(node.value ?? node.quasis?.[0].value.cooked ?? "");

/**
 * @param {any} node
 * @param {(text: string, start: number) => void} note
 */
function collect(node, note) {
	if (node.type === "Literal" && typeof node.value === "string") note(node.value, node.start);
	if (node.type === "TemplateLiteral") {
		note(
			node.quasis
				.map((/** @type {any} */ { value }, /** @type {number} */ i) => (i === 0 ? "" : `{${i - 1}}`) + value.cooked)
				.join(""),
			node.start,
		);
	}
	each(node, (child) => collect(child, note));
}

/**
 * @param {any} node
 * @param {(child: any) => void} visit
 */
function each(node, visit) {
	for (const value of Object.values(node)) {
		for (const child of Array.isArray(value) ? value : [value]) {
			if (typeof child?.type === "string") visit(child);
		}
	}
}
