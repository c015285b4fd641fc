// The length of an adapter's link, predicted from the number of its parameters.

/** Chromium opens an address of 1.5 million characters and refuses one of 2 MiB (measured). */
export const MOST_LINK_CHARACTERS = 1_500_000;
/**
 * Trained adapters take 1.84 to 1.87 characters per parameter, for ranks 16 to 1 (bench/link.ts): bfloat16 after deflate, in
 * base64url.
 */
const CHARACTERS_PER_PARAMETER = 1.9;
const CHARACTERS_BESIDE = 1500;

/** The largest length of the link of an adapter with this many parameters. */
export const predictLinkCharacters = (parameters: number): number =>
	Math.ceil(parameters * CHARACTERS_PER_PARAMETER) + CHARACTERS_BESIDE;

/** The highest rank whose link a browser opens. @param perRank number of parameters at rank 1 */
export const rankThatFits = (perRank: number): number =>
	Math.floor((MOST_LINK_CHARACTERS - CHARACTERS_BESIDE) / (perRank * CHARACTERS_PER_PARAMETER));
