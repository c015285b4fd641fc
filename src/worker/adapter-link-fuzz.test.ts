// Links with changed characters, bytes and settings are opened or refused.
import { expect, test } from "vitest";
import { adapterWith, model } from "../engine/analysis/test-adapters.ts";
import { packText, unpackText } from "../engine/formats/link-text.ts";
import type { LoadedModel } from "../engine/models/load.ts";
import { changedBytes, changedJson, changedText, fuzz } from "../shared/test-fuzz.ts";
import { adapterOfLink, linkOf } from "./adapter-link.ts";

const about = { title: "t", samplePrompt: "p", rows: 1, steps: 2, firstEvalLoss: null, lastEvalLoss: null };
const link = linkOf(
	model,
	adapterWith(model, { target_modules: "all-linear", r: 1 }, () => 0.5),
	"base",
	about,
);
const bytes = unpackText(link);
const head = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
const facts = JSON.parse(new TextDecoder().decode(bytes.subarray(4, head)));
const settings = ["target_modules", "rank_pattern", "alpha_pattern", "layers_to_transform", "r", "lora_alpha"];
const values = ["(.*)*x", "([a-z_.0-9]+)+!", { "(.*)*x": 1 }, { q_proj: 1e9 }, [], {}, 1e9, 2 ** 52, [1e9], "[", 1, 64];

test("every link is opened or refused, and none has a number that is not finite", async () => {
	const counts = await fuzz(
		(random) => {
			const kind = random.below(3);
			let text = link;
			if (kind === 0) text = changedText(random, link);
			else if (kind === 1) text = packText([changedBytes(random, bytes, head + 100)]);
			else {
				const own = structuredClone(facts);
				if (random.chance(0.5)) own.settings[random.oneOf(settings)] = random.oneOf(values);
				const changed = new TextEncoder().encode(random.chance(0.5) ? changedJson(random, own) : JSON.stringify(own));
				const length = new Uint8Array(Uint32Array.of(changed.length).buffer);
				text = packText([length, changed, bytes.subarray(head)]);
			}
			return { input: text, size: text.length + bytes.length };
		},
		(text) => {
			const { adapter } = adapterOfLink(model as LoadedModel, "base", text);
			expect(adapter.params.every(Number.isFinite)).toBe(true);
			expect(adapter.layout.size).toBe(adapter.params.length);
		},
	);
	expect(counts.refused).toBeGreaterThan(counts.read);
});
