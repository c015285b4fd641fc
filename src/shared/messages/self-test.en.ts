// Messages of the self-test of a device.

export const selfTestTexts = {
	wrong: "this device computes wrong values: the self-test of {kernels} failed",
	"wrong.next": "update the GPU driver and the browser, or use another device",
	replaced:
		"this device computes wrong values with {kernels}, so the run uses slower kernels in their place; updating the GPU driver or the browser may help",
} as const;
