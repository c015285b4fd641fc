// Chinese texts of the Learn page, loaded with it.
import type { learnEn } from "./texts.en.ts";

export const learnZh: Record<keyof typeof learnEn, string> = {
	title: "什么是低秩更新",
	intro: "共六步，每一步都可以拖动，或在本页的模型上训练。网址中包含当前步骤，可以直接发给学生。",
	steps: "步骤",
	back: "上一步",
	next: "下一步",
	step1: "用少量数字表示矩阵",
	step2: "为什么冻结基座",
	step3: "需要存储什么",
	step4: "训练一个",
	step5: "合并或不合并",
	step6: "秩为 1 什么时候够用",
	sources: "出处：",

	picture1:
		"模型的一层会乘以矩阵 W。LoRA 冻结 W，只加上两个瘦长矩阵的乘积：W' = W + s·B·A。B 有 r 列，A 有 r 行，r 就是秩。缩放系数 s 等于 lora_alpha / r。",
	picture2: "图片也是矩阵，每个像素一个数。拖动秩：右图是 r 列乘 r 行所能得到的最佳近似。",
	pictureChoice: "图片",
	stripes: "条纹",
	moon: "月亮",
	noise: "噪声",
	rank: "秩 r",
	original: "原矩阵，{size} × {size}",
	approximation: "秩为 {r} 的 B·A",
	pictureNumbers: "只需 {few} 个数，而不是 {all} 个：r (m + n) 与 m · n 相比。",
	pictureMore: "需要 {few} 个数，比矩阵本身的 {all} 个还多：秩这么大时没有节省。",
	pictureError: "剩余误差：矩阵的 {error}%（Frobenius 范数）。",
	pictureWhy:
		"没有更接近的秩 r 矩阵：误差等于舍去的奇异值的平方和的平方根（Eckart 与 Young，1936）。条纹的秩恰好是 2。噪声则需要全部的秩：除第一个奇异值（平均灰度）外，其余的下降得很慢。",

	cost1:
		"训练需要的不只是权重：每个可训练参数需要一个梯度，AdamW 还需要两个滑动平均，各占四个字节。冻结的参数都不需要。",
	cost2: "LoRA 只改变 A 和 B。B 的初始值为零，因此 B·A 为零，训练从与基座完全相同的模型开始（LoRA 第 4.1 节）。",
	costTable: "本页的模型",
	costLora: "LoRA，r = {r}",
	costFull: "全部权重",
	costTrained: "可训练参数",
	costGradients: "梯度",
	costMoments: "AdamW 状态",
	costShare: "这部分显存，LoRA 只需全参数微调的 {share}%。",
	costNone: "还没有加载模型。",

	stored1: "要存储的是每个被适配矩阵的 A 和 B。无论有多少适配器，基座只存一份。",
	storedSize: "适配器的权重：{adapter}。基座：{base}。",
	storedMany: "{n} 个这样大小的适配器才与一个基座占用同样的空间。",
	storedOwn: "当前内存中的适配器：{name}，{size}。",
	storedNone: "内存中还没有适配器，下一步会训练一个。",

	train1: "用工作台中选定的数据做一次短训练。选择一个秩，点“开始训练”，观察损失；训练期间，模型的回答会显示在下面。",
	train2: "损失是目标词元的 −log p 的平均值。从验证样本可以看出模型学到的是风格，还是只记住了样本。",
	trainSteps: "步数",
	trainSet: "数据：{name}",

	merge1:
		"W'·x = W·x + s·B·(A·x)。等号右边是未合并的形式：W 不变，适配器可以随时切换。左边是合并后的形式：只求一次和，之后推理的开销与基座相同（LoRA 第 4.1 节）。",
	merge2: "在本机测量两种方式，再到“对比”中拖动适配器强度：0 为基座，1 为训练所得的适配器。",
	mergeMeasure: "测量",
	mergeMeasuring: "正在测量",
	mergeBase: "基座",
	mergeBeside: "未合并的适配器",
	mergeMerged: "已合并",
	mergeUnit: "每个词元 {ms} 毫秒",
	mergeSwitch: "切换到另一个形状相同的适配器需要 {ms} 毫秒。",
	mergeNot: "无法合并",
	mergeNone: "内存中还没有适配器，请先在上一步训练一个。",

	enough1:
		"LoRA 论文发现，在其任务上秩 1、2 与 64 几乎一样好（第 7.2 节）：微调只让模型沿少数方向移动（Aghajanyan 等，2020）。在你的适配器上试试：降低它的秩，看验证损失和回答如何变化。",
	enough2:
		"但并非总是如此。基座不了解的内容，例如一门新语言或大量事实，需要更多的方向。秩更高时学习率可能也要调整，因为 s 随 r 增大而减小（rsLoRA）。没有结构的矩阵需要全部的秩：",
	enoughNoise: "显示噪声",
	enoughNoLora: "内存中的适配器没有低秩更新，请在第 4 步用 LoRA 训练一个。",
	enoughNone: "内存中还没有适配器，请先在第 4 步训练一个。",
};
