// Texts of the stand-alone file in both languages, which are small enough to embed together.

export const WORDS = {
	en: {
		about:
			"A small language model, tuned with TabTune. Everything runs on this device; the file makes no network requests.",
		facts: "{rows} row{rows|s}, {steps} step{steps|s}",
		rank: ", rank {r}",
		heldOut: "held-out loss {first} → {last}",
		licence: "licence of the base: {licence}",
		loading: "Loading the model",
		prompt: "Prompt",
		ask: "Ask",
		stop: "Stop",
		clear: "Clear",
		strength: "Adapter strength",
		temperature: "Temperature",
		base: "Base",
		tuned: "Tuned",
		chat: "Conversation",
		ready: "Ready",
		writing: "Generating",
		failed:
			"This browser cannot run the model: {what}. Use a current Chrome or Edge with graphics acceleration enabled.",
		language: "中文",
	},
	zh: {
		about: "一个用 TabTune 微调过的小语言模型。一切都在本机运行，这个文件不会发出网络请求。",
		facts: "{rows} 条样本，{steps} 步",
		rank: "，秩 (rank) {r}",
		heldOut: "验证损失 {first} → {last}",
		licence: "基座许可证：{licence}",
		loading: "正在加载模型",
		prompt: "提示词",
		ask: "提问",
		stop: "停止",
		clear: "清空",
		strength: "适配器强度",
		temperature: "温度",
		base: "基座",
		tuned: "微调后",
		chat: "对话",
		ready: "就绪",
		writing: "正在生成",
		failed: "这个浏览器无法运行该模型：{what}。请使用新版 Chrome 或 Edge，并打开图形加速。",
		language: "English",
	},
} as const;

export type Lang = keyof typeof WORDS;
export type Word = keyof (typeof WORDS)["en"];

export function word(lang: Lang, key: Word, values: Record<string, string | number> = {}): string {
	return WORDS[lang][key].replace(/\{(\w+)(?:\|(\w+))?\}/g, (whole, name: string, plural?: string) => {
		const value = String(values[name] ?? whole);
		return plural === undefined ? value : value === "1" ? "" : plural;
	});
}
