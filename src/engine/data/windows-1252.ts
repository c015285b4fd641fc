// Decodes Windows-1252. Some versions of Node decode it as Latin-1, without quotation marks, dashes and the euro sign.

/** The characters of the bytes 0x80 to 0x9F; those of the five undefined bytes are controls. */
const HIGH =
	"\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178";

/** The characters of undefined bytes. */
export const UNDEFINED_1252 = /[\u0081\u008d\u008f\u0090\u009d]/;

/** As a TextDecoder. Every byte is a character, so that a stream has no state. */
export class Windows1252Decoder {
	decode(bytes: Uint8Array = new Uint8Array(), _options: TextDecodeOptions = {}): string {
		const latin1 = new TextDecoder("latin1").decode(bytes);
		return latin1.replace(/[\u0080-\u009f]/g, (letter) => HIGH[letter.charCodeAt(0) - 0x80]);
	}
}
