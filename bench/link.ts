// Measures the length of adapter links: the pirate set trained at four ranks, packed and opened again. `npm run bench bench/link.ts`.
import { MOST_LINK_CHARACTERS, predictLinkCharacters, rankThatFits } from "../src/engine/formats/link-size.ts";
import { adapterOfLink, linkOf } from "../src/worker/adapter-link.ts";
import { gallery, model, trainSet } from "./train-set.ts";

const RANKS = [1, 4, 8, 16];
const BASE = "bench";

const about = { title: "", samplePrompt: "", rows: 0, steps: 0, firstEvalLoss: null, lastEvalLoss: null };
const [set] = gallery;
let perRank = 0;
for (const r of RANKS) {
	const { layout, params } = await trainSet(set, { r, lora_alpha: 2 * r });
	perRank = layout.parameters / r;
	const began = performance.now();
	const text = linkOf(model, { layout, params, config: null, stored: null }, BASE, about);
	const packed = performance.now();
	adapterOfLink(model, BASE, text);
	const opened = performance.now();
	const each = (text.length / layout.parameters).toFixed(3);
	console.log(
		`rank ${r}: ${layout.parameters} parameters, ${text.length} characters (${each} each, ${predictLinkCharacters(layout.parameters)} predicted), packed in ${(packed - began).toFixed(0)} ms, opened in ${(opened - packed).toFixed(0)} ms`,
	);
}
console.log(`the highest rank in ${MOST_LINK_CHARACTERS} characters: ${rankThatFits(perRank)}`);
