// Messages about what the page stores on this device.

export const storageTexts = {
	noFiles: "this browser does not let the page store files",
	siteStorage: "site storage",
	"noFiles.next":
		"leave the private window or allow the site to store data; until then, download what you want to keep",
	noSpace: "there is no disk space left",
	"noSpace.next": "delete runs that you no longer need, or free disk space",
	noRecords: "this browser does not let the page store run records",
	"noRecords.next": "leave the private window or allow the site to store data",
	runDeleted: "this run is no longer stored",
	"runDeleted.next": "reload the list; another tab may have deleted the run",
} as const;
