// Chinese texts of the page around the panels: header, tabs, command palette, network, and the page without WebGPU.
import type { workspaceEn } from "./texts.en.ts";

export const workspaceZh: Record<keyof typeof workspaceEn, string> = {
	"app.tagline": "在这个标签页里微调语言模型，数据不上传。",

	"header.model": "模型",
	"header.params": "{n} 参数",
	"header.device": "设备",
	"header.software": "软件模拟",
	"header.measure": "测量",
	"header.measureTitle": "测量本设备",
	"header.memory": "显存峰值",
	"header.language": "语言",

	"theme.toDark": "切换到深色",
	"theme.toLight": "切换到浅色",

	"note.software": "未使用显卡，由 {device} 在 CPU 上计算：结果相同，但更慢。",

	"tabs.label": "TabTune 的各个部分",

	"palette.title": "命令",
	"palette.help": "输入命令。在任何位置按 Ctrl K 或 ⌘K 打开此列表。",
	"palette.placeholder": "开始、下载、数据集、标签页",
	"palette.none": "没有匹配的命令。",
	"palette.page": "页面",

	"offline.label": "网络",
	"offline.works": "网络已断开，本页的所有功能照常可用。",
	"offline.notKept": "网络已断开。已打开的内容照常可用，但本页还没有保存到本机，请不要关闭。",
	"offline.newVersion": "TabTune 有新版本可用。",
	"offline.reload": "重新加载",

	"gpu.recovering": "GPU 丢失，正在重新启动。",
	"gpu.blocked": "GPU 连续丢失两次后，浏览器会停用它大约两分钟。本页会自动重试。",
	"gpu.retry": "{time} 后重试",
	"gpu.now": "立即重试",

	"nogpu.title": "这个浏览器没有可用的 WebGPU",
	"nogpu.what.missing": "TabTune 需要 WebGPU，而这个浏览器不支持。",
	"nogpu.what.adapter": "这个浏览器支持 WebGPU，但没有找到可用的显卡。",
	"nogpu.why":
		"训练完全在你的设备上进行，没有服务器可以代替。只要浏览器能提供 GPU（或软件模拟的 GPU），本页无需其他设置即可使用。",
	"nogpu.todo": "解决办法",
	"nogpu.chrome":
		"在 Windows、macOS 或 ChromeOS 上使用 Chrome 或 Edge 113 及以上版本；Android 上使用 Chrome 121 及以上版本。",
	"nogpu.gpuPage":
		"打开 {url}，看 WebGPU 是否已启用。若未启用，请在浏览器设置里打开“使用图形加速功能（如果可用）”，然后重启浏览器。",
	"nogpu.linux": "Linux 上请用 {flags} 启动 Chrome，或在 {url} 里打开 {flag}。",
	"nogpu.software": "没有显卡时，用 {flags} 启动 Chrome：功能齐全，但速度较慢。",
	"nogpu.secure": "页面必须通过 https:// 或从 localhost 打开。",
	"nogpu.crash": "如果刚才还能用，可能是 GPU 崩溃了两次，被浏览器暂时停用；大约两分钟后会恢复。",
	"nogpu.again": "重试",
};
