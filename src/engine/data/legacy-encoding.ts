// Recognises text that is not Unicode: GB 18030, which Chinese Windows writes, and Windows-1252, that of Western languages. Other
// encodings accept the same bytes, so the decoded text must look like these languages. Imported on demand.
import { UNDEFINED_1252, Windows1252Decoder } from "./windows-1252.ts";

/** Bytes that are inspected, from the first that are not UTF-8. */
const SAMPLE_BYTES = 1 << 20;
/** The most frequent characters of Chinese, with its punctuation. */
const COMMON =
	/[的一是了不在有人我他这来大个们中上为和国地到以说时要就出会可也你对生能而子那得于着下自之年好么什天问答，。？！：；、（）]/gu;
const LEAST_COMMON = 0.02;
/** Letters of Western languages are mostly those of ASCII; in Cyrillic or Greek text all are beyond it. */
const MOST_ACCENTED = 0.45;
/** A symbol between two letters is a letter of another encoding: "ksi¹¿ka" is Polish. Catalan has l·l. */
const SYMBOL_INSIDE = /\p{L}[¡-¬®-¶¸¹»-¿×÷‡‰‹›¤¦]\p{L}/gu;

/** @returns null for UTF-8, and for bytes whose encoding is not certain */
export async function legacyEncoding(blob: Blob): Promise<"gb18030" | "windows-1252" | null> {
	const from = await firstInvalid(blob);
	if (from === null) return null;
	const sample = new Uint8Array(await blob.slice(from, from + SAMPLE_BYTES).arrayBuffer());
	if (isChinese(sample)) return "gb18030";
	return isWestern(sample) ? "windows-1252" : null;
}

/** The offset of the piece that is not UTF-8; null if there is none, or if characters before it are UTF-8's. */
async function firstInvalid(blob: Blob): Promise<number | null> {
	const decoder = new TextDecoder("utf-8", { fatal: true });
	const reader = blob.stream().getReader();
	let at = 0;
	let ascii = true;
	try {
		for (let next = await reader.read(); !next.done; next = await reader.read()) {
			const { length } = decoder.decode(next.value, { stream: true });
			at += next.value.length;
			ascii &&= length === next.value.length;
		}
		decoder.decode();
		return null;
	} catch {
		return ascii ? at : null;
	} finally {
		await reader.cancel();
	}
}

function isChinese(sample: Uint8Array): boolean {
	if (!inPairs(sample)) return false;
	let text: string;
	try {
		text = new TextDecoder("gb18030", { fatal: true }).decode(sample, { stream: true });
	} catch {
		return false;
	}
	// Korean and Japanese encodings have pairs of bytes too, which decode to rare Chinese characters or to kana.
	const hanzi = text.match(/\p{Script=Han}/gu)?.length ?? 0;
	const kana = text.match(/[\p{Script=Hiragana}\p{Script=Katakana}]/gu)?.length ?? 0;
	const common = text.match(COMMON)?.length ?? 0;
	return kana <= hanzi / 20 && common > 0 && common >= LEAST_COMMON * hanzi;
}

/** In GB 18030 the high bytes come in pairs; accented Latin letters are single high bytes. */
function inPairs(sample: Uint8Array): boolean {
	let pairs = 0;
	let alone = 0;
	for (let i = 0; i + 1 < sample.length; i++) {
		if (sample[i] < 0x81) continue;
		if (sample[i + 1] >= 0x81) pairs++;
		else alone++;
		i++;
	}
	return pairs > 4 * alone;
}

/** Whether bytes are a character of UTF-8, so that the text is UTF-8 with some bytes damaged. */
const hasUtf8 = (sample: Uint8Array): boolean =>
	sample.some((byte, i) => byte >= 0xc2 && byte <= 0xf4 && sample[i + 1] >= 0x80 && sample[i + 1] < 0xc0);

function isWestern(sample: Uint8Array): boolean {
	const text = new Windows1252Decoder().decode(sample);
	if (UNDEFINED_1252.test(text) || hasUtf8(sample)) return false;
	const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
	const letters = count(/\p{L}/gu);
	const accented = count(/[^\P{L}\u0000-\u007f]/gu);
	if (accented === 0 || accented > MOST_ACCENTED * letters) return false;
	if (count(SYMBOL_INSIDE) > accented / 50) return false;
	// Letters that Windows-1254 (Turkish) and Windows-1250 (Hungarian, Czech) have in the places of ý ð þ, õ û and ì ø.
	const turkish = count(/[ýðþÝÐÞ]/g) > count(/[áéíóæÁÉÍÓÆ]/g);
	const hungarian = count(/[õûÕÛ]/g) > 0 && count(/[öüÖÜ]/g) > 0 && count(/[áéÁÉ]/g) > 0 && count(/[ãäåçñ]/gi) === 0;
	const czech = count(/[ìÌ]/g) > 0 && count(/[øØ]/g) > 0;
	return !turkish && !hungarian && !czech;
}
