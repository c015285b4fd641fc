// 与网络和新版本有关的文字，键必须与 offline.en.ts 一致。(The network and newer versions in Chinese.)

import type { offlineEn } from "./offline.en.ts";

export const offlineZh: Record<keyof typeof offlineEn, string> = {
	"offline.label": "网络",
	"offline.works": "网络已断开，这里的一切照常可用。",
	"offline.notKept": "网络已断开，已打开的内容照常可用。这个页面还没有完整存到本机，请先不要关闭。",
	"offline.newVersion": "TabTune 有新版本可用。",
	"offline.reload": "重新加载",
};
