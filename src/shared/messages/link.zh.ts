// The messages of link.en.ts in Chinese.
import type { linkTexts } from "./link.en.ts";
import type { Translation } from "./message.ts";

export const linkZh: Translation<typeof linkTexts> = {
	link: "链接",
	"copyAgain.next": "请向对方重新索取链接并完整复制；如果聊天软件会截断链接，请让对方用文件发送",
	notLink: "这不是 TabTune 的链接",
	"notLink.next": "请打开用“复制链接”得到的链接，它以 tt 加数字开头",
	otherVersion: "链接的版本是 {version}，而这个 TabTune 只支持版本 {own}",
	"otherVersion.next": "请用生成它的那个版本的 TabTune 打开，或重新加载本页以获取最新版本",
	endsBeforeAdapter: "链接不完整：适配器还没开始就结束了",
	damagedStart: "链接开头的字符已损坏",
	strangeCharacter: "链接里有不允许的字符 {character}",
	character: "链接，第 {at} 个字符",
	truncated: "链接不完整：适配器共 {whole} 个字符，只有 {length} 个",
	tooLong: "链接末尾多了 {extra} 个字符",
	badChecksum: "链接被改动过：校验和不符",
	unpackFailed: "链接里的适配器无法解压",
	"makeAgain.next": "请让对方重新生成链接",
	unpacksTooLarge: "链接解压后超过 {size} MiB，这不是适配器",
	"doNotOpen.next": "请不要打开它",
	unpackEndsEarly: "链接里的适配器不完整",
	badLength: "链接的长度无效",
	noAdapter: "链接里没有适配器",
	wrongCount: "链接写明 {announced} 个数，实际有 {found} 个",
	notJson: "链接里对适配器的说明不是 JSON",
	notObject: "链接里对适配器的说明不是 JSON 对象",
	incomplete: "链接缺少必需的内容：基座、设置、大小",
};
