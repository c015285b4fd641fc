// State of the network: online or not, whether the page works offline, whether a new version is available. Set by
// offline.ts.

import { create } from "zustand";

export interface OfflineState {
	online: boolean;
	/** All files are in this browser's cache, so the page opens offline. */
	kept: boolean;
	/** A new version is cached too; it takes over when this page is closed or calls `loadNewVersion`. */
	newVersion: boolean;
}

export const useOffline = create<OfflineState>()(() => ({ online: true, kept: false, newVersion: false }));
