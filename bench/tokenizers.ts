// Compares 5,000 strings on every tokenizer of a battery with the Rust tokenizers, and prints the strings that differ.
// Run: python fixtures/make_tokenizer_parts.py --battery /tmp/battery.json NAME=FOLDER …, then
// npm run bench -- bench/tokenizers.ts /tmp/battery.json
import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { Tokenizer } from "../src/engine/data/tokenizer.ts";

const [path] = process.argv.slice(2).filter((word) => word.endsWith(".json"));
if (path === undefined) throw new Error("give the path of a battery: see the header of this file");
const battery: { strings: string[]; tokenizers: Record<string, { definition: object; ids: string }> } = JSON.parse(
	readFileSync(path, "utf8"),
);
const DIGITS = 8;
for (const [name, { definition, ids }] of Object.entries(battery.tokenizers)) {
	const tokenizer = Tokenizer.load({ tokenizer: JSON.stringify(definition) });
	const started = performance.now();
	const wrong = battery.strings.filter((text, i) => {
		const sum = crc32(`${tokenizer.encode(text, { addSpecialTokens: false })}`)
			.toString(16)
			.padStart(DIGITS, "0");
		return sum !== ids.slice(i * DIGITS, (i + 1) * DIGITS);
	});
	const seconds = ((performance.now() - started) / 1000).toFixed(1);
	console.log(`${name}: ${battery.strings.length - wrong.length} of ${battery.strings.length} equal, ${seconds} s`);
	for (const text of wrong.slice(0, 5)) console.log(`   ${JSON.stringify(text)}`);
}
