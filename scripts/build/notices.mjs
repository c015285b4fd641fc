// The licences of the packages in a build, and the bill of materials: what dist/, the stand-alone file and the npm package state about
// the code of others.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { ROOT } from "../files.mjs";

/** Names of the files in dist/ and in the npm package. */
export const NOTICES = "third-party-licenses.txt";
export const SBOM = "sbom.cdx.json";

/** Packages whose code reaches a build without being modules of it: workbox in the service worker, Tailwind's reset in the styles. */
const INLINED = ["workbox-core", "workbox-precaching", "workbox-routing", "workbox-strategies", "tailwindcss"];

/** Folders of packages, which a plugin collects over several builds. */
export class Notices {
	/** @type {Set<string>} */
	folders = new Set();

	/** A plugin that collects the packages of a build. @returns {import("vite").Plugin} */
	collector() {
		return {
			name: "tabtune:notices",
			generateBundle: (_, bundle) => {
				for (const part of Object.values(bundle))
					if (part.type === "chunk") for (const id of part.moduleIds) this.add(id);
			},
		};
	}

	/** Adds the packages that a build inlines without their modules. */
	addInlined() {
		for (const name of INLINED) this.folders.add(join(ROOT, "node_modules", name));
	}

	/** @param {string} id of a module */
	add(id) {
		const path = id.replace(/^\0/, "").replace(/\?.*$/, "").split("/").join(sep);
		const inside = `node_modules${sep}`;
		const at = path.lastIndexOf(inside);
		if (at < 0) return;
		const [first, second] = path.slice(at + inside.length).split(sep);
		this.folders.add(path.slice(0, at + inside.length) + (first.startsWith("@") ? join(first, second) : first));
	}

	/** Every package with its licence, by name. */
	text() {
		const entries = [...this.folders].map(entryOf).sort((a, b) => a.name.localeCompare(b.name));
		const header =
			"TabTune is MIT licensed (LICENSE). It contains code of the following packages, under their licences.\n";
		return [header, ...entries.map(({ text }) => text)].join(`\n${"-".repeat(78)}\n\n`);
	}
}

/**
 * @param {string} folder of a package
 * @throws for a package that states no licence
 */
function entryOf(folder) {
	/** @type {{ name: string, version: string, license?: string, author?: string | { name: string }, repository?: string | { url: string } }} */
	const { name, version, license, author, repository } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
	const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(entry));
	if (license === undefined && file === undefined) throw new Error(`${name} states no licence`);
	const by = typeof author === "string" ? author : author?.name;
	const url = typeof repository === "string" ? repository : repository?.url;
	const terms =
		file === undefined
			? `Licence: ${license}${by === undefined ? "" : `\nAuthor: ${by}`}\n(The package contains no licence file.)`
			: readFileSync(join(folder, file), "utf8").trim();
	const title = `${name} ${version} (${license ?? "see below"})`;
	return { name, text: [title, ...(url === undefined ? [] : [url.replace(/^git\+/, "")]), "", terms, ""].join("\n") };
}

/** The packages of a release, as CycloneDX JSON. @returns {string} */
export function billOfMaterials() {
	const npm = ["sbom", "--sbom-format", "cyclonedx", "--sbom-type", "application", "--omit", "dev"];
	const bill = JSON.parse(
		execFileSync("npm", npm, { cwd: ROOT, encoding: "utf8", shell: process.platform === "win32" }),
	);
	const { name } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
	bill.metadata.component.name = name; // npm writes the name of the folder
	return `${JSON.stringify(bill, null, 2)}\n`;
}
