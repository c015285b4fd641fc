// Messages of the kernels.

export const kernelsTexts = {
	slotsTooLarge:
		"{slots} adapters of {tokens} tokens make a tensor of {size} MiB; the limit of a binding on this device is {limit} MiB",
	race: "the race",
	"slotsTooLarge.next": "race fewer adapters at once, or lower per_device_train_batch_size or max_length",
} as const;
