// What the engine says of models from the Hub or from an address, in Chinese; engine.zh.ts says how it works.
export const engineHub: Readonly<Record<string, string>> = {
	"there is no config.json at this address": "这个地址下没有 config.json",
	"give the address of a .gguf file or of a Hugging Face folder": "请给出 .gguf 文件或 Hugging Face 文件夹的地址",
	"the server does not say how large {0} is": "服务器没有给出 {0} 的大小",
	"download the file yourself and open it": "请自行下载该文件，再打开它",
	"{0} is not the file that was uploaded: its checksum is another": "{0} 与上传的文件不一致：校验和不同",
	"ask again; if it stays wrong, something between here and the Hub changes files":
		"请重试；如果仍然不对，说明从这里到 Hub 的途中有东西改动了文件",
	"{0} ended at another place than its {1} bytes": "{0} 应有 {1} 字节，实际收到的长度不符",
	"ask again: what has arrived is kept": "请重试：已收到的部分会保留",
	"{0} ended after {1} bytes": "{0} 在 {1} 字节处就结束了",
	"use another revision of the model: this one was not uploaded whole":
		"请换一个版本（revision）：这个版本没有上传完整",
	'the address of the Hub is "{0}"': "Hub 的地址是“{0}”",
	"write it like https://huggingface.co": "请写成 https://huggingface.co 这样的形式",
	'"{0}" names no model': "“{0}”不是模型的名称",
	"write owner/name, owner/name@revision, owner/name/file.gguf, or the address of a model":
		"请写 owner/name、owner/name@revision、owner/name/file.gguf，或模型的网址",
	"the connection to {0} failed": "无法连接到 {0}",
	"check the network, and ask again: what has arrived is kept": "请检查网络后重试：已收到的部分会保留",
	"it has been asked too often": "请求过于频繁",
	"the server answered with status {0}": "服务器返回状态 {0}",
	"wait a while and ask again: what has arrived is kept": "请稍等再试：已收到的部分会保留",
	"the link to {0} was refused, and so was each new one": "{0} 的下载链接被拒绝，重新取得的链接也一样",
	"ask again later: what has arrived is kept": "请稍后再试：已收到的部分会保留",
	"{0} has no such revision": "{0} 没有这个版本（revision）",
	"name a branch, a tag or a commit of it, or leave the revision out": "请写它的分支、标签或提交，或者不写版本",
	"the token is not known there": "那里不认识这个访问令牌（token）",
	"make a new token with the right to read, and give that": "请新建一个有读取权限的令牌，再填进来",
	"{0} is not there": "没有 {0}",
	"there is no {0}, or it is private": "没有 {0}，或者它是私有的",
	"check the spelling; a private model needs a token of someone who may read it":
		"请检查拼写；私有模型需要有读取权限的人的令牌",
	"{0} was refused with status {1}": "{0} 被拒绝，状态 {1}",
	"check the name, or open its page in a browser": "请检查名称，或在浏览器里打开它的页面",
	"{0} is gated: its owner asks everyone to accept terms first": "{0} 需要授权：作者要求先接受条款",
	"accept them on the model's page, make a token with the right to read, and give that":
		"请在模型页面接受条款，新建一个有读取权限的令牌，再填进来",
	"the account of this token may not read {0} yet": "这个令牌的账号还不能读取 {0}",
	"accept the terms on the model's page; some owners let people in by hand": "请在模型页面接受条款；有些作者会人工审批",
	"this browser keeps no models for the page": "浏览器不为本页保存模型",
	"leave the private window or allow the site to store data; or download the model and open its folder":
		"请离开无痕窗口或允许本站存储数据；也可以先下载模型，再打开它的文件夹",
	"another tab is downloading this model": "另一个标签页正在下载这个模型",
	"wait for it, or close that tab": "请等它完成，或关闭那个标签页",
	"this model is no longer whole on this device": "这台设备上的这个模型已不完整",
	"download it again: it was deleted, or the storage of this site was cleared":
		"请重新下载：它被删除了，或者本站的存储被清空了",
	"this browser would pass the token on to other servers than the Hub": "这个浏览器会把令牌转发给 Hub 以外的服务器",
	"Chromium {0}": "Chromium {0}",
	"update it to version 119 or later, or download the model with the Hub's own program and open its folder":
		"请更新到 119 或更高版本，或用 Hub 自己的程序下载模型，再打开它的文件夹",
	"there is no space left for the model": "没有空间存放模型了",
	"delete kept models or runs, or free space on the disk, and go on: what has arrived is kept":
		"请删除已存的模型或训练记录，或清理磁盘，然后继续：已收到的部分会保留",
	"check the file's name and the revision": "请检查文件名和版本（revision）",
	"{0} has no proper weight_map": "{0} 里没有正确的 weight_map",
	"use another revision of the model": "请换一个版本（revision）",
	"{0} of {1} weight files are not there: {2}{3}": "{1} 个权重文件里有 {0} 个不存在：{2}{3}",
	"how large {0} is": "{0} 的大小",
	"the SHA-256 of {0}": "{0} 的 SHA-256",
	"the Hub does not say {0}": "Hub 没有给出 {0}",
	"ask the Hub itself if this is a mirror; else download the model with its own program and open the folder":
		"如果用的是镜像，请改用 Hub 本身；否则请用模型自己的程序下载，再打开文件夹",
	"it has neither safetensors nor GGUF files": "它既没有 safetensors 也没有 GGUF 文件",
	"it has {0} GGUF files: {1}{2}": "它有 {0} 个 GGUF 文件：{1}{2}",
	"use a model with model.safetensors": "请使用带 model.safetensors 的模型",
	"name one of them, like {0}/{1}": "请指定其中一个，例如 {0}/{1}",
	"what came for {0} is not what the Hub answers": "取 {0} 时收到的不是 Hub 的回答",
	"check the address of the Hub or mirror; a network's sign-in page may stand in between":
		"请检查 Hub 或镜像的地址；中间也可能隔着网络的登录页",
};
