// What the Hub's part of the model panel shows: the offer, how far its download is, what is kept. The token is in the field and
// in the worker, nowhere else; the mirror's address is remembered by this browser.
import { create } from "zustand";
import type { BaseDType, ErrorInfo, HubOffer, HubProgress, KeptListing, ModelFacts } from "../../../src/engine/api.ts";

export interface HubState {
	/** looking: the Hub is being asked · loading: bytes arrive · paused: they stopped at a person's word */
	state: "idle" | "looking" | "loading" | "paused";
	offer: HubOffer | null;
	/** As held, from the heads of its files; null where they do not tell (GGUF). */
	facts: ModelFacts | null;
	/** Where it is too big as its file has it: ways to hold it that fit. */
	fitsAs: BaseDType[];
	progress: HubProgress | null;
	/** Bytes a second of late; null until it is known. */
	speed: number | null;
	/** Null until the list was read. */
	kept: KeptListing[] | null;
	error: ErrorInfo | null;
}

export const useHub = create<HubState>()(() => ({
	state: "idle",
	offer: null,
	facts: null,
	fitsAs: [],
	progress: null,
	speed: null,
	kept: null,
	error: null,
}));

const KEY = "tabtune.hub.endpoint";

/** Storage may be refused: the page then forgets, and works. */
export function rememberedEndpoint(): string {
	try {
		return localStorage.getItem(KEY) ?? "";
	} catch {
		return "";
	}
}

export function rememberEndpoint(endpoint: string): void {
	try {
		if (endpoint === "") localStorage.removeItem(KEY);
		else localStorage.setItem(KEY, endpoint);
	} catch {
		// Refused storage: the address lasts as long as the page.
	}
}
