// What the page says about the network and about newer versions of itself; keys as in offline.zh.ts.

export const offlineEn = {
	"offline.label": "Network",
	"offline.works": "No network: everything here still works.",
	"offline.notKept":
		"No network. What is open here still works, but the page is not stored on this device yet, so leave it open.",
	"offline.newVersion": "A new version of TabTune is available.",
	"offline.reload": "Reload",
} as const;
