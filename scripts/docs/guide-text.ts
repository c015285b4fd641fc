// The user guide in both languages. {key} is replaced by a text of app/i18n, so that the guide and the page use the same
// names. `npm run guide` writes docs/guide*.md and takes the pictures.
import { en } from "../../app/i18n/en.ts";
import { zh } from "../../app/i18n/zh.ts";
import { TABS } from "../../app/tabs.tsx";

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

1. Open the page. The base model has written a line, and an example set is loaded.
2. Choose another set under **{data.gallery}**, or keep the pirate set. The sentence under it says what to look for.
3. Press **{run.start}**. The loss falls; every few steps the model answers the same question again.

![A run in progress](running)

4. At the end, the answers of **{compare.base}** and **{compare.tuned}** appear side by side, with a one-sentence summary.

![A finished run](finished)

## Your own examples

![Rows and how the model reads them](data)

- **{data.paste}** accepts two columns from a spreadsheet; **{data.addFile}** accepts JSONL, JSON, CSV, TSV, TXT or Parquet. You can also drop a file anywhere on the page. If the column names are ambiguous, the page asks.
- **{data.edit}** opens an editor in which you add, change and delete rows, with undo.
- The model is trained on the tinted part of a row; the grey part is context only.
- Twenty to sixty rows in one style are enough. Vary the questions, keep the style.
- **{data.heldOut}**: some rows are kept out of training. If their loss rises while the training loss falls, the model is overfitting; the last set of the gallery shows an example.

## Settings

**{field.r}**, **{field.max_steps}** and **{field.learning_rate}** are always visible; all others are under **{settings.more}**, with a search. Each shows its field name and links to its documentation. The numbers under the rank show the cost before you start: trainable parameters, adapter size, peak memory. **{settings.saveJson}** saves the settings for the command line, **{settings.loadJson}** loads them.

## Comparing

![Tokens coloured by likelihood](compare)

- **{compare.mode.one}**, **{compare.mode.set}** or **{compare.mode.chat}**. Both models use the same seed and sampling.
- **{compare.strength}**: 0 is the base model, 1 the adapter as trained; the maximum is 1.5. The tuned answer is updated as you move the slider.
- **{compare.colour}** shows which tokens became more likely after tuning.

## Export

- **{compare.download}**: a zip in PEFT's format, which llama.cpp, MLX and vLLM can also use. Its README describes the training.
- **{export.more}**: the merged model, the settings as run.json, Python code that loads the adapter, and one HTML file with engine, base, adapter and a chat box that works from disk.
- **{share.copy}**: the adapter is stored in the link itself, after the #. Nothing is uploaded; anyone who opens the link can compare the base and the tuned model and continue training.
- **{compare.import}**, or a zip dropped on the page, loads an adapter.

## Runs

Every run is kept on this device: curve, settings, answers, adapter. Select two to plot them together and list the settings that differ. A run interrupted by a reload or a closed tab can be resumed from its last checkpoint.

## Which rank

**{tab.ranklab}** answers this on your own rows.

![A race of ranks with two seeds](race)

- **{race.title}**: trains several ranks at once on one base, each with the same result as a separate run. With two or more seeds the table shows the variance, and **{rank.advisor}** gives the smallest rank whose held-out loss is within the noise of the best, with the evidence.
- **{rank.spectrum}**: how many directions each update uses. Click a cell to see its singular values.
- **{rank.cut}**: reduces an adapter to a lower rank and measures its held-out loss and answer. **{rank.keep}** makes the result the adapter in memory.
- **{rank.overlap}**: how much the directions of two adapters overlap, compared with random directions.
- **{rank.calculator}**: the trainable parameters, size and memory of each method on the loaded model.

## Which method

![Methods trained on the same rows](methods)

**{tab.methods}** trains the selected methods one after another on the same rows, steps and order: LoRA and its variants, prompt tuning, bottleneck adapters, full fine-tuning, combinations. Every number of the table is measured on this device. The table survives a reload, can be resumed, and can be saved as CSV, JSON or Markdown. Our results: [methods.md](methods.md).

## Many adapters, one base

![Two adapters and the base answering in one batch](library)

**{tab.library}** lists the adapters you trained, imported or blended. **{library.use}** switches adapters without reloading the base. Select two or more to ask them the same question in one batch, or to blend them as PEFT's add_weighted_adapter does.

## In a class

![A matrix from few numbers](learn-1)

**{tab.learn}** has six steps, each with something to drag or to train. The URL contains the step and the slider's position, so you can send it to a class.

## Keyboard, phone, offline

Ctrl K or ⌘K opens the list of commands. After the first visit the page works without a network and can be installed as an app.

![On a phone](phone)
`,
	zh: `# TabTune 使用指南

[English](guide.md)

TabTune 在浏览器标签页里微调一个小语言模型，一切都在你自己的设备上完成。

## 一分钟上手

![刚打开的页面](arrival)

1. 打开页面：基座模型已经写了一句话，一组示例也已加载。
2. 在**{data.gallery}**里换一组，或使用默认的海盗示例。下面的一句话说明看点。
3. 点**{run.start}**。曲线下降，每隔几步模型会把同一个问题再答一遍。

![训练进行中](running)

4. 结束后，**{compare.base}**与**{compare.tuned}**的回答并排显示，并用一句话总结结果。

![训练结束](finished)

## 使用自己的示例

![数据以及模型读到的样子](data)

- **{data.paste}**：可从电子表格粘贴两列；**{data.addFile}**：支持 JSONL、JSON、CSV、TSV、TXT、Parquet；也可以把文件拖到页面任意位置。列名不明确时会询问你。
- **{data.edit}**：逐行添加、修改、删除、撤销。
- 着色的部分参与训练，灰色部分仅作上下文。
- 二十到六十行风格一致的示例就够了。问题要多样，风格要一致。
- **{data.heldOut}**：留出一部分不参与训练。如果留出损失上升而训练损失下降，说明模型过拟合；示例集的最后一组专门演示这种情形。

## 设置

**{field.r}**、**{field.max_steps}**、**{field.learning_rate}**直接可见，其余在**{settings.more}**里，可以搜索。每一项都写明字段名，并链接到详细说明。秩 (rank) 下面的数字会在开始之前告诉你代价：可训练参数、适配器大小、显存峰值。**{settings.saveJson}**可供命令行使用，**{settings.loadJson}**可读回。

## 对比

![按概率着色的词元](compare)

- **{compare.mode.one}**、**{compare.mode.set}**或**{compare.mode.chat}**，两边使用相同的种子和采样方式。
- **{compare.strength}**：0 是基座，1 是训练好的适配器，最高 1.5。微调后的回答随滑块变化。
- **{compare.colour}**：显示微调后哪些词元更可能出现。

## 导出

- **{compare.download}**：得到 PEFT 可加载的 zip，因而也可用于 llama.cpp、MLX 和 vLLM；其中的 README 写明训练经过。
- **{export.more}**：合并后的模型、run.json、加载适配器的 Python 代码，以及一个从磁盘即可打开的 HTML 文件，内含引擎、基座、适配器和对话框。
- **{share.copy}**：适配器写在链接 # 之后，不上传任何内容；打开链接的人会看到基座与微调后的模型，还能接着训练。
- **{compare.import}**，或把 zip 拖到页面上，即可加载适配器。

## 训练记录

每次训练都保存在本机上：曲线、设置、回答、适配器。勾选两条即可叠加曲线，并列出设置上的差别。因刷新或关闭标签页而中断的训练，可以从最近的检查点继续。

## 该用多大的秩

**{tab.ranklab}**用你自己的数据回答这个问题。

![用两个种子同时训练多个秩](race)

- **{race.title}**：多个秩在同一个冻结基座上同时训练，每一个都与单独训练完全一致。两个以上种子可以看出方差；**{rank.advisor}**给出与最好结果无显著差异的最小秩，并列出依据。
- **{rank.spectrum}**：每个更新实际用到多少个方向。点一格可看它的奇异值。
- **{rank.cut}**：把适配器降到更低的秩，并测量留出损失与回答；**{rank.keep}**使它成为内存中的适配器。
- **{rank.overlap}**：两个适配器的方向有多重合，并与随机方向对比。
- **{rank.calculator}**：每种方法在当前模型上的可训练参数、文件大小和显存。

## 该用哪种方法

![用同样的数据训练的几种方法](methods)

**{tab.methods}**把勾选的方法依次在同样的数据、步数、顺序上训练：LoRA 及其变体、提示微调、瓶颈适配器、全参数微调以及组合。表中每个数都在本机上测得；刷新不丢，中断可续，可存为 CSV、JSON 或 Markdown。我们用它得到的结果见 [methods.md](methods.md)。

## 一个基座，多个适配器

![两个适配器与基座在同一批次里回答](library)

**{tab.library}**保存你训练、导入、混合得到的适配器。**{library.use}**切换适配器而不重新加载基座。勾选两个以上，可以在一个批次里问同样的问题，或按 PEFT 的 add_weighted_adapter 混合。

## 课堂上

![用少量数字表示矩阵](learn-1)

**{tab.learn}**共六步，每一步都有可以拖动或训练的东西。地址里带着步骤与滑块的位置，可以直接发给全班。

## 键盘、手机、离线

按 Ctrl K 或 ⌘K 打开命令列表。首次访问之后，页面无需网络即可使用，也可以安装为应用。

![手机上的样子](phone)
`,
};

/** The guide with the page's labels and the paths of pictures filled in. @throws for an unknown key */
export function guideText(lang: GuideLang): string {
	const words: Record<string, string> = {
		...(lang === "en" ? en : zh),
		...Object.fromEntries(TABS.map(({ id, label }) => [`tab.${id}`, label[lang]])),
	};
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
