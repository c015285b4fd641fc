// Chinese texts of the result of a run, loaded with it.
import type { resultEn } from "./result.en.ts";

export const resultZh: Record<keyof typeof resultEn, string> = {
	opened: "打开的训练记录：“{name}”，{when}。",
	contents: "这次训练的样本和设置",
	trainedOn: "“{data}”：训练样本 {rows} 条，验证样本 {heldOut} 条；基座 {model}。",
	adopt: "使用这些样本和设置",
	diverged: "已发散：训练损失 {trainFirst} → {train}。请降低学习率；这个适配器不值得保留。",
	overfitting:
		"过拟合：第 {bestStep} 步之后，验证损失从 {best} 升到 {last}，而训练损失为 {train}。训练到第 {bestStep} 步左右即可，或增加样本。",
	memorised: "过拟合：模型记住了样本。训练损失为 {train}，验证损失却为 {last}。请增加样本或减少步数。",
	learning: "学习有效：验证损失也在下降，{first} → {last}；训练损失为 {train}。",
	unchanged: "没有明显变化：验证损失 {first} → {last}，训练损失 {train}。可以增加步数或提高学习率。",
	unmeasured: "训练损失 {trainFirst} → {train}。没有验证样本，无法判断模型是学会了还是记住了。",
	awake: "屏幕保持常亮。",
	events: "下载 TensorBoard 文件",
	stoppedEarly: "在第 {step} 步（共 {total} 步）提前停止。",
	best: "最佳 {metric}：{value}，在第 {step} 步。",
	bestLoaded: "当前使用的是第 {step} 步的最佳权重。",
	lastLoaded: "当前使用的是第 {step} 步的最后权重。",
	useLast: "改用最后的权重（第 {step} 步）",
	useBest: "改用最佳权重（第 {step} 步）",
};
