// State of the Hub section: the offer, the progress of its download, downloaded models. The token exists only in the field
// and in the worker; the mirror's address is remembered in localStorage.
import { create } from "zustand";
import type { BaseDType, ErrorInfo, HubOffer, HubProgress, KeptListing, ModelFacts } from "../../../src/engine/api.ts";

export interface HubState {
	/** looking: a request to the Hub is pending · loading: downloading · paused: paused by the user */
	state: "idle" | "looking" | "loading" | "paused";
	offer: HubOffer | null;
	/** At the selected precision, computed from the file headers; null if they do not contain it (GGUF). */
	facts: ModelFacts | null;
	/** If too big as stored: precisions that fit. */
	fitsAs: BaseDType[];
	progress: HubProgress | null;
	/** Recent bytes per second; null until known. */
	speed: number | null;
	/** Null until the list is read. */
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

/** If storage is not available, the address is not remembered. */
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
		// Storage not available: the address is kept until the page closes.
	}
}
