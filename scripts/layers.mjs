// Checks the import direction (rooms.mjs) and import cycles, type imports included: `node scripts/layers.mjs`. Each message
// says where the code belongs. Tests may import any room; only tests may import test helpers.
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "vite";
import { filesIn, ROOT } from "./files.mjs";
import { roomOf } from "./rooms.mjs";

const API = "src/engine/api.ts";
// The file of the page that may import Comlink.
const WORKER_DOORS = ["app/remote-api.ts"];
const NODE_DOOR = "src/engine/device/node-gpu.ts"; // the one file of the engine that may know the `webgpu` package
const BROWSER_TEST = "e2e/test.ts"; // the `test` that watches what a page asks for
const ADAPTER_CHECK = "scripts/ci/adapter.mjs"; // asks for an adapter before anything is built: it cannot import NODE_DOOR

/** Rooms whose type imports still form cycles. Remove a name when its room is free of them; add none. @type {readonly string[]} */
const TYPE_CYCLES = ["train"];

/**
 * @typedef {object} Import
 * @property {string} from
 * @property {string} to a path in the repository, or a package's name
 * @property {boolean} local
 * @property {boolean} typeOnly
 * @property {number} line
 */

const isTest = (/** @type {string} */ path) =>
	/\.test\.tsx?$/.test(path) || posix.basename(path).startsWith("test-") || path.startsWith("e2e/");

/**
 * The imports of one file.
 * @param {string} path
 * @param {string} source
 * @returns {Import[]}
 */
export function importsOf(path, source) {
	const { module, errors } = parseSync(path, source);
	if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`);
	/** @type {{ value: string, typeOnly: boolean, start: number }[]} */
	const found = [];
	for (const { moduleRequest, entries, start } of module.staticImports) {
		const typeOnly = entries.length > 0 && entries.every(({ isType }) => isType);
		found.push({ value: moduleRequest.value, typeOnly, start });
	}
	for (const { entries, start } of module.staticExports) {
		const from = entries.filter(({ moduleRequest }) => moduleRequest !== null);
		const [first] = from;
		if (!first?.moduleRequest) continue;
		found.push({ value: first.moduleRequest.value, typeOnly: from.every(({ isType }) => isType), start });
	}
	for (const { moduleRequest, start } of module.dynamicImports) {
		const [, value] = /^["'`]([^"'`$]+)["'`]$/.exec(source.slice(moduleRequest.start, moduleRequest.end)) ?? [];
		if (value !== undefined) found.push({ value, typeOnly: false, start });
	}
	return found.map(({ value, typeOnly, start }) => {
		const local = value.startsWith(".");
		const to = local ? posix.join(posix.dirname(path), value.replace(/\?.*$/, "")) : value;
		return { from: path, to, local, typeOnly, line: source.slice(0, start).split("\n").length };
	});
}

/**
 * Why an import is wrong, or null.
 * @param {Import} edge
 * @returns {string | null}
 */
function wrong({ from, to, local, typeOnly }) {
	const room = roomOf(from);
	if (room === null) return "this file is in no room: move it, or give its folder a line in scripts/rooms.mjs";
	if (to === "@playwright/test" && from.startsWith("e2e/") && from !== BROWSER_TEST)
		return `browser tests take test and expect from ${BROWSER_TEST}, which fails them on a request to another origin`;
	if (isTest(from)) return null;
	const rule = `${room.name} holds ${room.holds}`;
	if (!local) {
		if (to === "webgpu" && from !== NODE_DOOR && from !== ADAPTER_CHECK)
			return `only ${NODE_DOOR} may import the webgpu package`;
		if (room.packages === undefined || room.packages.test(to) || (WORKER_DOORS.includes(from) && to === "comlink"))
			return null;
		return `${room.name} may not import the package ${to}: ${rule}`;
	}
	if (isTest(to)) return "a test's helper stays in tests: move what both need into a file of its own";
	if (room.name === "app" && to === API) {
		return typeOnly ? null : `the page may import only types of ${API} (\`import type\`): ${rule}`;
	}
	const target = roomOf(to);
	if (target === null || target === room || room.may.includes(target.name)) return null;
	return `${room.name} may not import ${target.name}: ${rule}`;
}

/**
 * Every import cycle, once each, as a list of paths whose last is its first. Type imports count, except from the rooms of
 * TYPE_CYCLES.
 * @param {ReadonlyMap<string, readonly Import[]>} edges
 * @returns {string[][]}
 */
function cycles(edges) {
	/** @type {string[][]} */
	const found = [];
	/** @type {Set<string>} */
	const done = new Set();
	/** @type {string[]} */
	const path = [];
	const visit = (/** @type {string} */ file) => {
		const at = path.indexOf(file);
		if (at >= 0) return void found.push([...path.slice(at), file]);
		if (done.has(file)) return;
		path.push(file);
		for (const { to, local, typeOnly } of edges.get(file) ?? []) {
			if (local && !(typeOnly && TYPE_CYCLES.includes(roomOf(file)?.name ?? ""))) visit(to);
		}
		path.pop();
		done.add(file);
	};
	for (const file of edges.keys()) visit(file);
	return found;
}

/**
 * Checks sources by path (relative to the repository, with slashes).
 * @param {ReadonlyMap<string, string>} sources
 * @returns {string[]} one message a problem
 */
export function checkLayers(sources) {
	const edges = new Map([...sources].map(([path, source]) => [path, importsOf(path, source)]));
	const problems = [];
	for (const edge of [...edges.values()].flat()) {
		const why = wrong(edge);
		if (why !== null) problems.push(`${edge.from}:${edge.line} imports ${edge.to}\n    ${why}`);
	}
	for (const circle of cycles(edges)) {
		problems.push(
			`${circle[0]} is in a circle of imports: ${circle.join(" → ")}\n    move what two of them share into a third file below both, or pass it in as an argument`,
		);
	}
	return problems;
}

function readSources() {
	const paths = filesIn(["app", "src", "e2e", "bench", "fixtures", "scripts"]).filter((path) =>
		/\.(tsx?|mjs)$/.test(path),
	);
	return new Map(paths.map((path) => [path, readFileSync(join(ROOT, path), "utf8")]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const sources = readSources();
	const problems = checkLayers(sources);
	for (const problem of problems) console.error(problem);
	console.log(`Layers: ${sources.size} files, ${problems.length} problem${problems.length === 1 ? "" : "s"}.`);
	process.exitCode = problems.length > 0 ? 1 : 0;
}
