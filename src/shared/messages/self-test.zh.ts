// The messages of self-test.en.ts in Chinese.
import type { Translation } from "./message.ts";
import type { selfTestTexts } from "./self-test.en.ts";

export const selfTestZh: Translation<typeof selfTestTexts> = {
	wrong: "此设备的计算结果有误：{kernels} 未通过自检",
	"wrong.next": "请更新 GPU 驱动和浏览器，或换一台设备",
	replaced: "此设备用 {kernels} 计算的结果有误，本次训练改用较慢的内核；更新 GPU 驱动或浏览器可能会解决",
};
