// The messages of train.en.ts in Chinese.
import type { Translation } from "./message.ts";
import type { trainTexts } from "./train.en.ts";

export const trainZh: Translation<typeof trainTexts> = {
	noTrainedToken: "没有可评估的词元：所有标签都被屏蔽",
	evaluationData: "评估数据",
	"noTrainedToken.next": "请使用含有训练目标的数据",
	theSettings: "设置",
	emptyPrompt: "提示词为空",
	"emptyPrompt.next": "请写几个字",
	promptLength: "提示词有 {tokens} 个词元，超过这个模型的上下文长度 {most}",
	promptLengthVirtual: "提示词有 {tokens} 个词元，前面还有 {virtual} 个虚拟词元，超过这个模型的上下文长度 {most}",
	"promptLength.next": "请缩短提示词",
	"promptLengthVirtual.next": "请缩短提示词，或用更小的 num_virtual_tokens 训练",
	textLengthVirtual: "文本有 {tokens} 个词元，前面还有 {virtual} 个虚拟词元，超过这个模型的上下文长度 {most}",
	"textLengthVirtual.next": "请缩短文本，或用更小的 num_virtual_tokens 训练",
	lossNotFinite: "损失是 {loss}",
	gradientNotFinite: "{tensor} 的梯度里有 {value}",
	normNotFinite: "梯度范数是 {norm}",
	diverged: "连续 {count} 步的结果都不是有限值：{reason}",
	"diverged.where": "第 {first} 到 {last} 步",
	"diverged.next":
		"请减小 learning_rate（先试十分之一），把 max_grad_norm 保持为 1，并检查数据里有没有异常的行；适配器保留这几步之前的状态",
	heldOutPairs: "验证集是偏好对，训练数据却不是",
	trainPairs: "训练数据是偏好对，验证集却不是",
	heldOutRows: "验证集",
	"heldOutPairs.next": "请使用同类数据作为验证集，或不用验证集",
	"trainPairs.next": "请使用带 prompt、chosen 和 rejected 的偏好对作为验证集，或不用验证集",
	pairsDropout: "lora_dropout 为 {value}，而偏好对的训练不使用 dropout，与 TRL 一致",
	"pairsDropout.next": "请把 lora_dropout 设为 0",
	noRate:
		"这次训练共 {steps} 步（其中预热 {warmup} 步），每一步的学习率都是 0，什么也学不到。请把 warmup_steps 和 warmup_ratio 设为 0，或增加步数",
	unknownSetting: '未知的设置 "{name}"',
	didYouMean: '是不是想写 "{nearest}"？',
	settingValue: "{name} 是 {value}，{problem}",
	"settingValue.next": "请改正 {name} 后重新开始",
	promptInitText: "prompt_tuning_init 是 TEXT，却没有提供文本",
	"promptInitText.next": "请填写 prompt_tuning_init_text，或让 prompt_tuning_init 保持 RANDOM",
	vocabularySize: "分词器有 {tokens} 个词元，而模型的词表大小是 {vocabulary}",
	"vocabularySize.next": "请用模型附带的分词器",
	noTemplate: "这个模型没有对话模板",
	"noTemplate.next": "请使用纯文本提示词，而不是消息列表",
};
