// Writes public/base-model/checksums.json: run after the bundled model changes.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const folder = new URL("../../public/base-model/", import.meta.url);
/** @type {Record<string, { sha256: string, bytes: number }>} */
const files = {};
for (const name of readdirSync(folder).sort()) {
	if (name === "checksums.json") continue;
	const bytes = readFileSync(new URL(name, folder));
	files[name] = { sha256: createHash("sha256").update(bytes).digest("hex"), bytes: bytes.length };
}
writeFileSync(new URL("checksums.json", folder), `${JSON.stringify({ files }, null, "\t")}\n`);
