// The names init_lora_weights may have. Apart from lora-init.ts, so that who checks settings (the browser tests too, which
// Node reads without a bundler) loads no op and no shader. To add a name: KNOWN_INITS, and its case in lora-init.ts.
import { closest } from "fastest-levenshtein";

/** Besides true and false; N is a whole number. */
const KNOWN_INITS: readonly string[] = ["gaussian", "pissa", "pissa_niter_N"];

/** The passes that "pissa_niter_N" asks for; null for "pissa"; undefined for what is no PiSSA. */
export function pissaNiter(init: unknown): number | null | undefined {
	if (init === "pissa") return null;
	const passes = typeof init === "string" ? /^pissa_niter_(\d{1,4})$/.exec(init) : null;
	return passes === null ? undefined : Number(passes[1]);
}

/** What is wrong with a value of init_lora_weights; null when nothing is. */
export function initProblem(init: unknown): string | null {
	if (typeof init === "boolean" || init === "gaussian") return null;
	if (typeof init !== "string") return `must be true, false or one of ${KNOWN_INITS.join(", ")}`;
	if (pissaNiter(init) !== undefined) return null;
	return `must be true, false or one of ${KNOWN_INITS.join(", ")} (the nearest is ${closest(init, KNOWN_INITS)})`;
}
