// What the page says about the network and about newer versions of itself; keys as in offline.zh.ts.

export const offlineEn = {
	"offline.label": "Network",
	"offline.works": "No network: everything here still works.",
	"offline.notKept":
		"No network. What is open here still works; the page is not kept on this device yet, so leave it open.",
	"offline.newVersion": "A newer version of TabTune is ready.",
	"offline.reload": "Reload",
} as const;
