// Encodes a LoRA adapter as a link: its PEFT settings, facts for the user, and lora_A and lora_B in bfloat16. Exponents are
// stored apart from signs and fractions, because only exponents compress. A fingerprint identifies the base.

import { isObject } from "../../shared/json.ts";
import { linkMessage } from "../../shared/messages/index.ts";
import type { LinkDescription } from "../api.ts";
import { isCount, isFlag, isLayers, isNames, isNumber, isString, orNull, tableOf } from "./checks.ts";
import { encodeBf16 } from "./dtype.ts";
import { notFiniteError, requireFinite } from "./finite.ts";
import { linkError, packText, unpackText } from "./link-text.ts";

/** The settings that place and scale A and B: fields of peft.LoraConfig. */
export interface LinkSettings {
	r: number;
	lora_alpha: number;
	use_rslora: boolean;
	target_modules: string | string[];
	rank_pattern: Record<string, number>;
	alpha_pattern: Record<string, number>;
	layers_to_transform: number | number[] | null;
}

export interface LinkedAdapter {
	readonly base: string; // fingerprint of the base's weights
	readonly settings: LinkSettings;
	readonly about: LinkDescription;
	/** All lora_A, then all lora_B, in model order. */
	readonly A: Float32Array;
	readonly B: Float32Array;
}

const MOST_TITLE = 80;
const MOST_PROMPT = 400;
const MOST_HEAD_BYTES = 2 ** 16;
const DAMAGED = linkMessage("makeAgain.next");

/** @throws TabTuneError "adapter" for numbers that are not finite. */
export function packAdapterLink({ base, settings, about, A, B }: LinkedAdapter): string {
	const { title, samplePrompt, ...figures } = about;
	const description = {
		title: title.slice(0, MOST_TITLE),
		samplePrompt: samplePrompt.slice(0, MOST_PROMPT),
		...figures,
	};
	const head = new TextEncoder().encode(
		JSON.stringify({ base, settings, about: description, sizes: [A.length, B.length] }),
	);
	const length = new Uint8Array(4);
	new DataView(length.buffer).setUint32(0, head.length, true);
	const halves = [halvesOf(A, "lora_A"), halvesOf(B, "lora_B")];
	return packText([length, head, ...halves.map(exponents), ...halves.map(rest)]);
}

/**
 * The inverse of `packAdapterLink`.
 * @throws TabTuneError "adapter" for text that is not a link, is damaged, has another version, or does not contain an adapter.
 */
export function unpackAdapterLink(text: string): LinkedAdapter {
	const bytes = unpackText(text);
	const length = bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
	if (length === 0 || length > MOST_HEAD_BYTES || 4 + length > bytes.length)
		throw linkError(linkMessage("noAdapter"), DAMAGED);
	const head = parsedHead(bytes.subarray(4, 4 + length));
	const [a, b] = head.sizes;
	const body = bytes.subarray(4 + length);
	if (body.length !== 2 * (a + b))
		throw linkError(linkMessage("wrongCount", { announced: a + b, found: body.length / 2 }), DAMAGED);
	const A = floats(body.subarray(0, a), body.subarray(a + b, 2 * a + b), "lora_A");
	const B = floats(body.subarray(a, a + b), body.subarray(2 * a + b), "lora_B");
	return { base: head.base, settings: head.settings, about: head.about, A, B };
}

function parsedHead(
	bytes: Uint8Array,
): Pick<LinkedAdapter, "base" | "settings" | "about"> & { sizes: [number, number] } {
	let head: unknown;
	try {
		head = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
	} catch {
		throw linkError(linkMessage("notJson"), DAMAGED);
	}
	if (!isObject(head)) throw linkError(linkMessage("notObject"), DAMAGED);
	const { base, settings, about, sizes } = head;
	if (!isString(base) || !isSettings(settings) || !isAbout(about) || !isSizes(sizes))
		throw linkError(linkMessage("incomplete"), DAMAGED);
	const { title, samplePrompt } = about;
	return {
		base,
		settings,
		about: { ...about, title: title.slice(0, MOST_TITLE), samplePrompt: samplePrompt.slice(0, MOST_PROMPT) },
		sizes,
	};
}

const isSizes = (value: unknown): value is [number, number] =>
	Array.isArray(value) && value.length === 2 && value.every(isCount);

function isSettings(value: unknown): value is LinkSettings {
	if (!isObject(value)) return false;
	const { r, lora_alpha, use_rslora, target_modules, rank_pattern, alpha_pattern, layers_to_transform } = value;
	return (
		isCount(r) &&
		isNumber(lora_alpha) &&
		lora_alpha > 0 &&
		isFlag(use_rslora) &&
		isNames(target_modules) &&
		tableOf(isCount)(rank_pattern) &&
		tableOf(isNumber)(alpha_pattern) &&
		orNull(isLayers)(layers_to_transform)
	);
}

function isAbout(value: unknown): value is LinkDescription {
	if (!isObject(value)) return false;
	const { title, samplePrompt, rows, steps, firstEvalLoss, lastEvalLoss } = value;
	return (
		isString(title) &&
		isString(samplePrompt) &&
		isNumber(rows) &&
		isNumber(steps) &&
		orNull(isNumber)(firstEvalLoss) &&
		orNull(isNumber)(lastEvalLoss)
	);
}

/** bfloat16 of each number, as 16 bits. */
function halvesOf(values: Float32Array, name: string): Uint16Array {
	const bytes = encodeBf16(values);
	requireFinite(name, [values.length], bytes, "BF16");
	return new Uint16Array(bytes.buffer, bytes.byteOffset, values.length);
}

const exponents = (halves: Uint16Array): Uint8Array => Uint8Array.from(halves, (half) => (half >> 7) & 255);
/** Sign and fraction. */
const rest = (halves: Uint16Array): Uint8Array => Uint8Array.from(halves, (half) => ((half >> 8) & 128) | (half & 127));

function floats(exponent: Uint8Array, other: Uint8Array, name: string): Float32Array {
	const bits = Uint32Array.from(exponent, (e, i) => {
		if (e === 255)
			throw notFiniteError("adapter", name, [exponent.length], i, linkMessage("link"), linkMessage("doNotOpen.next"));
		return (((other[i] & 128) << 24) | (e << 23) | ((other[i] & 127) << 16)) >>> 0;
	});
	return new Float32Array(bits.buffer);
}
