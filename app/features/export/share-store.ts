// The link of an adapter: one that was opened here, and one that was just made.
import { create } from "zustand";
import type { AdapterInfo, ErrorInfo, LinkAbout } from "../../../src/engine/api.ts";

export interface ShareState {
	/** The opened link's adapter and what it says of it. It holds as long as that adapter is the one in memory. */
	opened: { about: LinkAbout; adapter: AdapterInfo } | null;
	/** Characters of the link that was just copied. */
	copied: number | null;
	error: ErrorInfo | null;
	/** The link in the address could not be opened. */
	openError: ErrorInfo | null;
}

export const useShare = create<ShareState>()(() => ({ opened: null, copied: null, error: null, openError: null }));
