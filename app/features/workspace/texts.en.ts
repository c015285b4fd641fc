// English texts of the page around the panels: header, tabs, command palette, network, and the page without WebGPU.
export const workspaceEn = {
	"app.tagline": "Fine-tune a language model in this tab. Nothing is uploaded.",

	"header.model": "Model",
	"header.params": "{n} parameters",
	"header.device": "Device",
	"header.software": "software",
	"header.measure": "Measure",
	"header.measureTitle": "Measure this device",
	"header.memory": "Peak memory",
	"header.language": "Language",

	"theme.toDark": "Use the dark theme",
	"theme.toLight": "Use the light theme",

	"note.software": "No GPU in use: {device} computes on the CPU. Results are the same, but slower.",

	"tabs.label": "TabTune sections",

	"palette.title": "Commands",
	"palette.help": "Type a command. Ctrl K or ⌘K opens this list from anywhere.",
	"palette.placeholder": "Start, download, a data set, a tab",
	"palette.none": "No matching commands.",
	"palette.page": "Page",

	"offline.label": "Network",
	"offline.works": "No network: everything here still works.",
	"offline.notKept":
		"No network. What is open here still works, but the page is not stored on this device yet, so leave it open.",
	"offline.newVersion": "A new version of TabTune is available.",
	"offline.reload": "Reload",

	"gpu.recovering": "The GPU was lost. TabTune is starting it again.",
	"gpu.blocked":
		"After losing the GPU twice, the browser blocks it for about two minutes. This page tries again by itself.",
	"gpu.retry": "Next try in {time}",
	"gpu.now": "Try now",

	"nogpu.title": "WebGPU is not available in this browser",
	"nogpu.what.missing": "TabTune requires WebGPU, which this browser does not support.",
	"nogpu.what.adapter": "This browser supports WebGPU but found no usable graphics adapter.",
	"nogpu.why":
		"Training runs entirely on your device; there is no server to fall back on. Once the browser provides a GPU, or a software implementation of one, this page works without further setup.",
	"nogpu.todo": "What to do",
	"nogpu.chrome": "Use Chrome or Edge 113 or later on Windows, macOS or ChromeOS; on Android, Chrome 121 or later.",
	"nogpu.gpuPage":
		"Open {url} and see whether WebGPU is listed as enabled. If it is disabled, turn on “Use graphics acceleration when available” in the browser's settings and restart it.",
	"nogpu.linux": "On Linux, start Chrome with {flags}, or turn on {flag} in {url}.",
	"nogpu.software": "Without a GPU, start Chrome with {flags}: everything works, but slowly.",
	"nogpu.secure": "The page must be served over https:// or from localhost.",
	"nogpu.crash":
		"If it worked a moment ago, the browser may have disabled the GPU after two crashes. It is available again after about two minutes.",
	"nogpu.again": "Retry",
} as const;
