// The messages of storage.en.ts in Chinese.

import type { Translation } from "./message.ts";
import type { storageTexts } from "./storage.en.ts";

export const storageZh: Translation<typeof storageTexts> = {
	noFiles: "浏览器不允许本页存储文件",
	siteStorage: "本站存储",
	"noFiles.next": "请离开无痕窗口或允许本站存储数据；在此之前，请下载想保留的内容",
	noSpace: "磁盘空间不足",
	"noSpace.next": "请删除不再需要的训练记录，或清理磁盘空间",
	noRecords: "浏览器不允许本页存储训练记录",
	"noRecords.next": "请离开无痕窗口或允许本站存储数据",
	runDeleted: "这条训练记录已不存在",
	"runDeleted.next": "请刷新列表；它可能在另一个标签页里被删除了",
};
