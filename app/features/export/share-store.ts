// State of adapter links: the link opened here and the link copied last.
import { create } from "zustand";
import type { AdapterInfo, ErrorInfo, LinkDescription } from "../../../src/engine/api.ts";

export interface ShareState {
	/** The opened link's adapter and metadata, valid while that adapter is in memory. */
	opened: { about: LinkDescription; adapter: AdapterInfo } | null;
	/** Length of the link that was just copied. */
	copied: number | null;
	error: ErrorInfo | null;
	/** Why the link in the address could not be opened. */
	openError: ErrorInfo | null;
}

export const useShare = create<ShareState>()(() => ({ opened: null, copied: null, error: null, openError: null }));
