import { describe, expect, it } from "vitest";
import { TabTuneError } from "../../shared/errors.ts";
import { randomU32, uniform01 } from "../random.ts";
import { type LinkedAdapter, packAdapterLink, unpackAdapterLink } from "./adapter-link.ts";
import { MOST_LINK_CHARACTERS, predictLinkCharacters, rankThatFits } from "./link-size.ts";
import { packText } from "./link-text.ts";

const uniform = (...counter: [number, number, number, number]): number => uniform01(randomU32(...counter));
const values = (length: number, seed: number, scale: number): Float32Array =>
	Float32Array.from({ length }, (_, i) => scale * (uniform(seed, 0, 0, i) - 0.5));

const adapter: LinkedAdapter = {
	base: "0123456789abcdef",
	settings: {
		r: 4,
		lora_alpha: 8,
		use_rslora: false,
		target_modules: "all-linear",
		rank_pattern: {},
		alpha_pattern: {},
		layers_to_transform: null,
	},
	about: { title: "海盗 & co", samplePrompt: "Hi", rows: 28, steps: 40, firstEvalLoss: 6.8, lastEvalLoss: 1.6 },
	A: values(640, 1, 0.2),
	B: values(512, 2, 0.05),
};
const text = packAdapterLink(adapter);

function refusal(work: () => unknown): TabTuneError {
	try {
		work();
	} catch (error) {
		if (error instanceof TabTuneError) return error;
		throw error;
	}
	throw new Error("nothing was refused");
}

describe("an adapter as a link", () => {
	it("round-trips in bfloat16, with its description", () => {
		const back = unpackAdapterLink(text);
		expect({ ...back, A: null, B: null }).toEqual({ ...adapter, A: null, B: null });
		for (const side of ["A", "B"] as const) {
			expect(back[side]).toHaveLength(adapter[side].length);
			for (const [i, value] of adapter[side].entries())
				expect(Math.abs(back[side][i] - value)).toBeLessThanOrEqual(Math.abs(value) / 256);
		}
	});

	it("packs to the same text again, because bfloat16 is rounded only once", () => {
		expect(packAdapterLink(unpackAdapterLink(text))).toBe(text);
	});

	it("uses only characters that survive fragments, chats and clipboards", () => {
		expect(text).toMatch(/^tt1\.[\w.-]+$/);
	});

	it("keeps zeros and signs", () => {
		const A = Float32Array.of(0, -0, 1, -1);
		expect([...unpackAdapterLink(packAdapterLink({ ...adapter, A })).A]).toEqual([0, -0, 1, -1]);
	});

	it("ignores line breaks that a mail program inserted", () => {
		expect(unpackAdapterLink(text.replace(/(.{60})/g, "$1\r\n")).about).toEqual(adapter.about);
	});
});

describe("an invalid link", () => {
	it.each([
		["nothing", "", /not a TabTune link/],
		["another fragment", "#section-2", /not a TabTune link/],
		["a later version", text.replace("tt1", "tt9"), /version 9/],
		["a truncated link", text.slice(0, text.length - 20), /truncated/],
		["a link with extra characters", `${text}abc`, /extra characters/],
		["a foreign character", text.replace(/.$/, "é"), /not allowed in a link/],
		["only a header", "tt1.5", /truncated|damaged/],
		["no adapter in it", packText([new Uint8Array(40)]), /no adapter/],
		["no JSON in it", packText([Uint8Array.of(3, 0, 0, 0, 65, 66, 67)]), /not JSON/],
	])("%s", (_, given, what) => {
		const error = refusal(() => unpackAdapterLink(given));
		expect(error.code).toBe("adapter");
		expect(error.message).toMatch(what);
		expect(error.parts.next).not.toBe("");
	});

	it("refuses numbers that are not finite when it packs and unpacks", () => {
		const given = { ...adapter, A: Float32Array.of(1, Number.NaN) };
		expect(refusal(() => packAdapterLink(given)).message).toMatch(/lora_A contains NaN or infinity at \[1\]/);
		const large = { ...adapter, B: Float32Array.of(3.4e38) }; // infinite in bfloat16
		expect(refusal(() => packAdapterLink(large)).message).toMatch(/lora_B contains NaN or infinity at \[0\]/);
		// A link of the same size with all exponents set, as another program could write it.
		const head = new TextEncoder().encode(
			JSON.stringify({ base: "b", settings: adapter.settings, about: adapter.about, sizes: [2, 1] }),
		);
		const length = new Uint8Array(Uint32Array.of(head.length).buffer);
		const link = packText([
			length,
			head,
			Uint8Array.of(127, 255),
			Uint8Array.of(127),
			new Uint8Array(2),
			new Uint8Array(1),
		]);
		expect(refusal(() => unpackAdapterLink(link)).message).toMatch(/lora_A contains NaN or infinity at \[1\]/);
	});

	it("refuses an impossible rank or size", () => {
		for (const r of [0, -1, 1.5, Number.NaN])
			expect(
				refusal(() => unpackAdapterLink(packAdapterLink({ ...adapter, settings: { ...adapter.settings, r } }))).message,
			).toMatch(/lacks/);
	});

	it("detects any changed character and any truncation", () => {
		const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
		for (let n = 0; n < 400; n++) {
			const at = Math.floor(uniform(7, 0, 0, n) * text.length);
			const other = alphabet[Math.floor(uniform(7, 0, 1, n) * alphabet.length)];
			if (text[at] === other) continue;
			refusal(() => unpackAdapterLink(text.slice(0, at) + other + text.slice(at + 1)));
			refusal(() => unpackAdapterLink(text.slice(0, at)));
		}
	});
});

it("predicts the length and the highest rank that fits", () => {
	const rank = rankThatFits(20_352);
	expect(predictLinkCharacters(rank * 20_352)).toBeLessThanOrEqual(MOST_LINK_CHARACTERS);
	expect(predictLinkCharacters((rank + 1) * 20_352)).toBeGreaterThan(MOST_LINK_CHARACTERS);
	expect(text.length).toBeLessThanOrEqual(predictLinkCharacters(adapter.A.length + adapter.B.length));
});
