// The messages of kernels.en.ts in Chinese.
import type { kernelsTexts } from "./kernels.en.ts";
import type { Translation } from "./message.ts";

export const kernelsZh: Translation<typeof kernelsTexts> = {
	slotsTooLarge: "{slots} 个适配器各 {tokens} 个词元会产生 {size} MiB 的张量，本设备单个绑定的上限是 {limit} MiB",
	race: "竞赛",
	"slotsTooLarge.next": "请减少同时训练的秩，或减小 per_device_train_batch_size 或 max_length",
};
