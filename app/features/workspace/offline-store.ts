// Whether there is a network, whether the page is kept on the device and opens without one, and whether a newer version
// of it waits. Written by offline.ts.

import { create } from "zustand";

export interface OfflineState {
	online: boolean;
	/** All files lie in this browser's cache: the page opens with the network off. */
	kept: boolean;
	/** A newer version lies there too, and takes over once this one is closed or reloaded by `takeNewVersion`. */
	newVersion: boolean;
}

export const useOffline = create<OfflineState>()(() => ({ online: true, kept: false, newVersion: false }));
