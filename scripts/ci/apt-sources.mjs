// Which line lets apt see Debian's backports: made from the mirror this machine already uses, never from one of ours.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** @typedef {{ uri: string, suites: string[], options: string }} Source */

/**
 * The sources of one of apt's files, in either of its two forms.
 * @param {string} name the file's name: .sources is the form in paragraphs, anything else the form in lines
 * @param {string} text
 * @returns {Source[]}
 */
export function parseSources(name, text) {
	if (!name.endsWith(".sources")) {
		const lines = text.split("\n").map((line) => /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)/.exec(line));
		return lines.flatMap((match) =>
			match === null ? [] : [{ options: match[1]?.trim() ?? "", uri: match[2], suites: [match[3]] }],
		);
	}
	const paragraphs = text.replace(/^#.*\n?/gm, "").split(/\n\s*\n/);
	return paragraphs.flatMap((paragraph) => {
		const field = (/** @type {string} */ key) =>
			new RegExp(`^${key}:[ \\t]*(.*)$`, "im").exec(paragraph)?.[1].trim() ?? "";
		const words = (/** @type {string} */ key) =>
			field(key)
				.split(/\s+/)
				.filter((word) => word !== "");
		if (/^no$/i.test(field("Enabled")) || !words("Types").includes("deb")) return [];
		const key = field("Signed-By");
		return words("URIs").map((uri) => ({
			uri,
			suites: words("Suites"),
			options: /^\/\S+$/.test(key) ? `signed-by=${key}` : "",
		}));
	});
}

/**
 * The line to add for the backports, or null when they are there already.
 * @param {readonly Source[]} sources what the machine has
 * @param {string} codename of its Debian, such as "bookworm"
 * @returns {string | null}
 */
export function backportsLine(sources, codename) {
	const suite = `${codename}-backports`;
	if (sources.some(({ suites }) => suites.includes(suite))) return null;
	const main = sources.find(({ suites }) => suites.includes(codename));
	const { uri, options } = main ?? { uri: "http://deb.debian.org/debian", options: "" };
	return `deb ${options === "" ? "" : `[${options}] `}${uri} ${suite} main`;
}

/**
 * What apt is configured with.
 * @param {string} [folder]
 * @returns {Source[]}
 */
export function readSources(folder = "/etc/apt") {
	const parts = join(folder, "sources.list.d");
	const names = existsSync(parts) ? readdirSync(parts).filter((name) => /\.(list|sources)$/.test(name)) : [];
	const paths = [join(folder, "sources.list"), ...names.map((name) => join(parts, name))];
	return paths.filter((path) => existsSync(path)).flatMap((path) => parseSources(path, readFileSync(path, "utf8")));
}
