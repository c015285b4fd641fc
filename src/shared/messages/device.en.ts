// Messages about the GPU.

export const deviceTexts = {
	noAdapter: "WebGPU found no usable GPU adapter",
	"noAdapter.next":
		"use a current Chrome or Edge with hardware acceleration on; in Node, install a Vulkan driver (mesa-vulkan-drivers 25 or later has a software one)",
	lost: "the GPU was lost ({reason})",
	"lost.next": "start again; if it happens again, use a smaller max_length or batch",
	bufferTooLarge: "a buffer of {size} MiB is over this device's limit of {limit} MiB",
	"bufferTooLarge.next": "use a smaller model, rank, batch or max_length",
	outOfMemory: "the GPU is out of memory",
	"outOfMemory.next": "close other tabs that use the GPU, or lower max_length, the batch or the rank",
	nodeNotStarted: "the webgpu package did not start",
	"nodeNotStarted.next": "run `npm ci`, then `npm test`, which installs a Vulkan driver if there is no GPU",
} as const;
