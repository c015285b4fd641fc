// Chinese texts of the model panel and of loading a model.
import type { modelEn } from "./texts.en.ts";

export const modelZh: Record<keyof typeof modelEn, string> = {
	"boot.probe": "正在查找 GPU",

	"load.read": "正在读取模型",
	"load.upload": "正在把权重传到 GPU",
	"load.compile": "正在编译 GPU 内核",
	"load.tune": "正在本机上测量 GPU 内核",

	"model.title": "模型",
	"model.open": "打开模型文件夹",
	"model.openGguf": "打开 GGUF 文件",
	"model.hub": "从 Hub 下载…",
	"model.openHint": "Hugging Face 模型文件夹：config.json、*.safetensors、tokenizer.json；或 GGUF 文件",
	"model.bundled": "使用内置模型",
	"model.precision": "基座精度",
	"model.precision.auto": "与文件相同",
	"model.precision.float32": "float32",
	"model.precision.int8": "int8（每行一个缩放系数）",
	"model.precision.nf4": "NF4（QLoRA），16 位的四分之一",
	"model.precisionHint": "量化的基座更省显存；嵌入和输出头的精度不变。适配器只适用于训练时的基座精度。",
	"model.type": "类型",
	"model.size": "大小",
	"model.layers": "层数",
	"model.hidden": "隐藏维度",
	"model.vocab": "词表",
	"model.context": "上下文",
	"model.licence": "许可证",
	"model.licenceNone": "未注明",
	"model.warnings": "模型的警告",
	"model.tooBig": "这个模型可能超出本机的内存：加载可能失败，或使整机变慢。",
	"model.loadAnyway": "仍然加载",
};
