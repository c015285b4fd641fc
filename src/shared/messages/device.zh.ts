// The messages of device.en.ts in Chinese.
import type { deviceTexts } from "./device.en.ts";
import type { Translation } from "./message.ts";

export const deviceZh: Translation<typeof deviceTexts> = {
	noAdapter: "WebGPU 没有找到可用的 GPU 适配器",
	"noAdapter.next":
		"请使用新版 Chrome 或 Edge 并打开硬件加速；在 Node 里请安装 Vulkan 驱动（mesa-vulkan-drivers 25 及以上版本带有软件驱动）",
	lost: "GPU 丢失（{reason}）",
	"lost.next": "请重新开始；如果再次出现，请减小 max_length 或批次",
	bufferTooLarge: "需要 {size} MiB 的缓冲区，超过本设备 {limit} MiB 的上限",
	"bufferTooLarge.next": "请用更小的模型、秩、批次或 max_length",
	outOfMemory: "GPU 显存不足",
	"outOfMemory.next": "请关闭其他使用 GPU 的标签页，或减小 max_length、批次或秩",
	nodeNotStarted: "webgpu 包没有启动成功",
	"nodeNotStarted.next": "请先运行 `npm ci`，再运行 `npm test`；没有 GPU 时它会安装 Vulkan 驱动",
};
