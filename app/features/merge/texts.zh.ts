// Chinese texts of the merge study, loaded with it.
import type { mergeEn } from "./texts.en.ts";

export const mergeZh: Record<keyof typeof mergeEn, string> = {
	title: "该发布哪一种形式",
	intro:
		"适配器可以不合并，可以以 16 位合并进基座，也可以合并后重新量化。这里用内存中的适配器，在相同的验证样本和问题上测量每种形式。",
	bases: "基座精度",
	auto: "与文件相同",
	int8: "int8",
	nf4: "NF4",
	q8_0: "Q8_0",
	q4_0: "Q4_0",
	start: "测量各种形式",
	stop: "停止测量",
	running: "测量中：已完成 {n} 种形式",
	none: "先训练一个适配器，或使用适配器库里的一个。",
	download: "下载为 JSON",
	base: "基座精度",
	state: "适配器",
	unmerged: "未合并",
	merged: "已合并，16 位",
	"merged and quantised": "已合并，重新量化",
	bytes: "权重与适配器",
	loss: "验证损失",
	change: "与未合并相比",
	same: "回答与第一种相同",
	sameOf: "{n} / {all}",
	plot: "各种形式的验证损失",
	answers: "回答（{n} 个问题）",
	asked: "问题：{prompt}",
};
