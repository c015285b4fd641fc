// The link of an adapter: one that was opened here, and one that was just made.
import { create } from "zustand";
import type { ErrorInfo, LinkAbout } from "../../src/engine/api.ts";

export interface ShareState {
	/** What the opened link says of its adapter; null once another adapter has come. */
	opened: LinkAbout | null;
	/** Characters of the link that was just copied. */
	copied: number | null;
	error: ErrorInfo | null;
}

export const useShare = create<ShareState>()(() => ({ opened: null, copied: null, error: null }));
