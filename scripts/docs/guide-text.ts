// The user guide's words in both languages. What stands on the page stands here as {key} of app/i18n, so that the guide
// names every button as the page does. `npm run guide` writes docs/guide*.md and takes the pictures.
import { en } from "../../app/i18n/en.ts";
import { zh } from "../../app/i18n/zh.ts";

export type GuideLang = "en" | "zh";
export const GUIDE_FILES: Record<GuideLang, string> = { en: "docs/guide.md", zh: "docs/guide.zh.md" };
/** Pictures that `npm run guide` takes of the page, in each language. */
export const PICTURES = [
	"arrival",
	"running",
	"finished",
	"compare",
	"data",
	"phone",
	"race",
	"methods",
	"library",
	"learn-1",
] as const;
type Picture = (typeof PICTURES)[number];

export const pictureFile = (picture: Picture, lang: GuideLang): string => `pictures/${picture}.${lang}.png`;

const TEXT: Record<GuideLang, string> = {
	en: `# How to use TabTune

[中文](guide.zh.md)

TabTune fine-tunes a small language model in a browser tab. Everything happens on your own device.

## One minute

![The page as it opens](arrival)

1. Open the page. The base model has written a line, and a set of examples is loaded.
2. Pick another set under **{data.gallery}**, or keep the pirate. The sentence under it says what to look for.
3. Press **{run.start}**. The curve falls; every few steps the model answers the same question again.

![A run under way](running)

4. When it ends, **{compare.base}** and **{compare.tuned}** stand side by side, and one sentence says what happened.

![A run that has ended](finished)

## Your own examples

![Rows and how the model reads them](data)

- **{data.paste}** takes two columns from a spreadsheet; **{data.addFile}** takes JSONL, JSON, CSV, TSV, TXT or Parquet; a file may also be dropped anywhere on the page. When the columns are unclear, you are asked.
- **{data.edit}** opens the rows: add, change, delete, undo.
- The tinted part of a row is what the model learns to say; the grey part it only reads.
- Twenty to sixty rows in one manner are enough for a voice. Vary the questions, keep the manner.
- **{data.heldOut}**: some rows are kept out of training. If the loss on them climbs while the other falls, the model is learning the rows by heart; the last set of the gallery shows how that looks.

## Settings

**{field.r}**, **{field.max_steps}** and **{field.learning_rate}** stand in the open; all others are under **{settings.more}**, with a search. Each says its field name and links to where it is explained. The numbers under the rank show what it costs before you start: trainable parameters, size of the adapter, peak memory. **{settings.saveJson}** writes them for the command, **{settings.loadJson}** reads them.

## Comparing

![Tokens coloured by likelihood](compare)

- **{compare.mode.one}**, **{compare.mode.set}** or **{compare.mode.chat}**. Both sides share seed and sampling.
- **{compare.strength}**: 0 is the base, 1 the adapter as trained, up to 1.5 for more of it. The tuned answer follows the slider.
- **{compare.colour}** shows which tokens the tuning made likelier.

## Taking it away

- **{compare.download}**: a zip that PEFT, and with it llama.cpp, MLX and vLLM, load. Its README says how it was trained.
- **{export.more}**: the merged model, the settings as run.json, the lines of Python that load the adapter, and one HTML file with engine, base, adapter and a chat box that works from disk.
- **{share.copy}**: the adapter goes into the link itself, behind the #. Nothing is uploaded; whoever opens the link meets base and tuned model and can go on training.
- **{compare.import}**, or a zip dropped on the page, brings an adapter back.

## Runs

Every run stays on this device: curve, settings, answers, adapter. Tick two to draw them over each other and see in which settings they differ. A run that was cut off, by a reload or a closed tab, can go on from its last checkpoint.

## Which rank

**{tab.ranklab}** answers on your own rows.

![Ranks raced over two seeds](race)

- **{race.title}**: several ranks train at once over the one base, each exactly as a run of its own. With two seeds or more the table shows how far chance goes, and **{rank.advisor}** names the smallest rank that is not told apart from the best, with its evidence.
- **{rank.spectrum}**: how many directions each update really uses. Click a cell for its singular values.
- **{rank.cut}**: drag an adapter down to a lower rank; held-out loss and answer follow. **{rank.keep}** makes it the adapter in memory.
- **{rank.overlap}**: how far two adapters point the same way, beside what chance would give.
- **{rank.calculator}**: what each method would train, keep and cost on the model in hand.

## Which method

![Methods trained on the same rows](methods)

**{tab.methods}** trains the ticked methods one after another on the same rows, steps and order: LoRA and its variants, prompt tuning, bottleneck adapters, full fine-tuning, combinations. Every number of the table is measured on this device. It survives a reload, goes on where it was stopped, and is saved as CSV, JSON or Markdown. What we found with it: [methods.md](methods.md).

## Many adapters, one base

![Two adapters and the base asked at once](library)

**{tab.library}** keeps what you trained, imported or blended. **{library.use}** exchanges adapters without loading the base again. Tick two or more to ask them the same in one batch, or to blend them as PEFT's add_weighted_adapter does.

## In a class

![A matrix of few numbers](learn-1)

**{tab.learn}** has six steps, each with something to drag or to train. The address carries the step and where the slider stands: send it to a class.

## Keyboard, phone, offline

Ctrl K or ⌘K opens the list of commands. After the first visit the page works without a network and can be installed as an app.

![On a phone](phone)
`,
	zh: `# TabTune 使用指南

[English](guide.md)

TabTune 在浏览器标签页里微调一个小语言模型，一切都在你自己的设备上完成。

## 一分钟上手

![刚打开的页面](arrival)

1. 打开页面：基座模型已经写了一句话，一组示例也已载入。
2. 在**{data.gallery}**里换一组，或就用海盗那组。下面的一句话告诉你该留意什么。
3. 点**{run.start}**。曲线下降，每隔几步模型会把同一个问题再答一遍。

![训练进行中](running)

4. 结束后，**{compare.base}**与**{compare.tuned}**的回答并排显示，并有一句话说明结果。

![训练结束](finished)

## 使用自己的示例

![数据以及模型读到的样子](data)

- **{data.paste}**：可从电子表格粘贴两列；**{data.addFile}**：支持 JSONL、JSON、CSV、TSV、TXT、Parquet；也可以把文件拖到页面任意位置。列名不明确时会询问你。
- **{data.edit}**：逐行添加、修改、删除、撤销。
- 着色的部分是模型要学着说的内容，灰色部分它只是读一遍。
- 二十到六十行、口吻一致的示例就足够学会一种腔调。问题要多样，口吻要统一。
- **{data.heldOut}**：留出一部分不参与训练。如果留出集的损失上升而训练损失下降，说明模型在死记硬背；示例库的最后一组专门演示这种情形。

## 设置

**{field.r}**、**{field.max_steps}**、**{field.learning_rate}**直接可见，其余在**{settings.more}**里，可以搜索。每一项都写明字段名，并链接到详细说明。秩 (rank) 下面的数字会在开始之前告诉你代价：可训练参数、适配器大小、峰值内存。**{settings.saveJson}**可供命令行使用，**{settings.loadJson}**可读回。

## 对比

![按概率着色的词元](compare)

- **{compare.mode.one}**、**{compare.mode.set}**或**{compare.mode.chat}**，两边使用相同的种子和采样方式。
- **{compare.strength}**：0 是基座，1 是训练好的适配器，最高 1.5。微调后的回答随滑块变化。
- **{compare.colour}**：看出微调让哪些词元更可能出现。

## 带走成果

- **{compare.download}**：得到 PEFT 可加载的 zip，因而也可用于 llama.cpp、MLX 和 vLLM；其中的 README 写明训练经过。
- **{export.more}**：合并后的模型、run.json、加载适配器的 Python 代码，以及一个从磁盘即可打开的 HTML 文件，内含引擎、基座、适配器和对话框。
- **{share.copy}**：适配器写在链接 # 之后，不上传任何内容；打开链接的人会看到基座与微调后的模型，还能接着训练。
- **{compare.import}**，或把 zip 拖到页面上，即可载入适配器。

## 训练记录

每次训练都保存在本设备上：曲线、设置、回答、适配器。勾选两条即可叠加曲线，并列出设置上的差别。因刷新或关闭标签页而中断的训练，可以从最近的检查点继续。

## 该用多大的秩

**{tab.ranklab}**在你自己的数据上给出回答。

![多个秩同场训练，两个种子](race)

- **{race.title}**：多个秩在同一个冻结基座上同时训练，每一个都与单独训练完全一致。两个以上种子能看出偶然性有多大；**{rank.advisor}**给出与最好结果分不出高下的最小的秩，并列出依据。
- **{rank.spectrum}**：每个更新实际用到多少个方向。点一格可看它的奇异值。
- **{rank.cut}**：把训练好的适配器降到更低的秩，留出集损失与回答随之变化；**{rank.keep}**把结果留作内存中的适配器。
- **{rank.overlap}**：两个适配器的方向有多一致，旁边是随机情形的对照。
- **{rank.calculator}**：每种方法在当前模型上要训练、保存、占用多少。

## 该用哪种方法

![同样的数据上训练的几种方法](methods)

**{tab.methods}**把勾选的方法依次在同样的数据、步数、顺序上训练：LoRA 及其变体、提示微调、瓶颈适配器、全量微调以及组合。表中每个数都在本设备上测得；刷新不丢，中断可续，可存为 CSV、JSON 或 Markdown。我们用它得到的结果见 [methods.md](methods.md)。

## 一个基座，多个适配器

![两个适配器与基座同时回答](library)

**{tab.library}**保存你训练、导入、混合得到的适配器。**{library.use}**切换适配器而不重新载入基座。勾选两个以上，可以在一个批次里问同样的问题，或按 PEFT 的 add_weighted_adapter 混合。

## 课堂上

![只用几个数的矩阵](learn-1)

**{tab.learn}**共六步，每一步都有可以拖动或训练的东西。地址里带着步骤与滑块的位置，可以直接发给全班。

## 键盘、手机、离线

按 Ctrl K 或 ⌘K 打开命令列表。首次访问之后，页面无需网络即可使用，也可以安装为应用。

![手机上的样子](phone)
`,
};

/** The guide as it is written to docs/: labels of the page and paths of pictures filled in. @throws for a key that is none */
export function guideText(lang: GuideLang): string {
	const words: Record<string, string> = lang === "en" ? en : zh;
	return TEXT[lang]
		.replace(/\{([\w.]+)\}/g, (_, key: string) => {
			if (words[key] === undefined) throw new Error(`the guide names ${key}, which app/i18n does not have`);
			return words[key];
		})
		.replace(/\]\(([\w-]+)\)/g, (whole, name: string) => {
			const picture = PICTURES.find((one) => one === name);
			return picture === undefined ? whole : `](${pictureFile(picture, lang)})`;
		});
}
