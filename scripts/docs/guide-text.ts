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

- **{data.paste}** accepts cells from a spreadsheet, JSON lines or plain text; **{data.addFile}** accepts JSONL, JSON, CSV, TSV, TXT or Parquet. You can also drop a file anywhere on the page. If the column names are ambiguous, the page asks.
- Rows that a file or a paste replaces come back with **{data.edit.undo}**, or are kept beside the new ones with **{data.keepBoth}**. A file that cannot be used leaves the rows unchanged. Files dropped together become one set.
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
- The buttons for Ollama, LM Studio, llama.cpp and transformers give the merged model in the form that each program reads, and the two commands to run it.
- **{export.more}**: the merged model, the settings as run.json, Python code that loads the adapter, and one HTML file with engine, base, adapter and a chat box that works from disk.
- **{share.copy}**: the adapter is stored in the link itself, after the #. Nothing is uploaded; anyone who opens the link can compare the base and the tuned model and continue training.
- **{compare.import}**, or a zip dropped on the page, loads an adapter.

## Runs

Every run is kept on this device: curve, settings, answers, adapter. Select two to plot them together and list the settings that differ. A run interrupted by a reload or a closed tab can be resumed from its last checkpoint. If the GPU is lost, the run continues by itself once, then after **{error.restart}**. If a run cannot be stored, the page says so above the chart, and the adapter can be downloaded when the run ends.

## Which rank

**{tab.ranklab}** answers this on your own rows.

![A race of ranks with two seeds](race)

- **{race.title}**: trains several ranks at once on one base, each with the same result as a separate run. With two or more seeds the table shows the variance; with three or more **{rank.advisor}** gives the smallest rank whose held-out loss is within the noise of the best, with the evidence.
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

TabTune 在浏览器标签页里微调小语言模型，一切都在你自己的设备上完成。

## 一分钟上手

![刚打开的页面](arrival)

1. 打开页面：基座模型已经写出一句话，一个示例集也已加载。
2. 在**{data.gallery}**里换一个，或使用默认的“海盗腔”。下面的一句话说明看点。
3. 点**{run.start}**。损失逐渐下降，模型每隔几步会再次回答同一个问题。

![训练进行中](running)

4. 结束后，**{compare.base}**与**{compare.tuned}**的回答并排显示，下方用一句话总结结果。

![训练结束](finished)

## 使用自己的示例

![样本以及模型如何读取它们](data)

- **{data.paste}**：可以粘贴电子表格里的单元格、JSON Lines 或纯文本；**{data.addFile}**：支持 JSONL、JSON、CSV、TSV、TXT、Parquet；也可以把文件拖到页面任意位置。列名有歧义时，页面会询问。
- 被文件或粘贴替换掉的样本，可以用 **{data.edit.undo}** 恢复，或用 **{data.keepBoth}** 与新的样本合并。无法使用的文件不影响原来的样本。一起拖入的文件会合成一组。
- **{data.edit}**：打开编辑器，可以添加、修改、删除样本，并支持撤销。
- 样本中着色的部分参与训练，灰色的部分仅作上下文。
- 二十到六十条同一风格的样本就够了。问题要多样，风格要一致。
- **{data.heldOut}**：一部分样本不参与训练。如果训练损失下降而验证损失上升，说明模型过拟合；最后一个示例集演示了这种情形。

## 设置

**{field.r}**、**{field.max_steps}**、**{field.learning_rate}**始终可见，其余设置在**{settings.more}**里，可以搜索。每一项都标有字段名，并链接到文档。秩 (rank) 下面的数字在开始之前就显示开销：可训练参数、适配器大小、显存峰值。**{settings.saveJson}**把设置保存给命令行使用，**{settings.loadJson}**重新加载它们。

## 对比

![按概率着色的词元](compare)

- **{compare.mode.one}**、**{compare.mode.set}**或**{compare.mode.chat}**，两个模型使用相同的种子和采样设置。
- **{compare.strength}**：0 为基座，1 为训练所得的适配器，最大 1.5。拖动滑块时，微调后的回答随之更新。
- **{compare.colour}**：显示微调后哪些词元更可能出现。

## 导出

- **{compare.download}**：PEFT 格式的 zip，也可用于 llama.cpp、MLX 和 vLLM。其中的 README 记录了训练过程。
- **Ollama**、**LM Studio**、**llama.cpp** 和 **transformers** 按钮：按各程序的格式给出合并后的模型，以及运行它的两条命令。
- **{export.more}**：合并后的模型、以 run.json 保存的设置、加载适配器的 Python 代码，以及一个可从磁盘直接打开的 HTML 文件，内含引擎、基座、适配器和聊天框。
- **{share.copy}**：适配器写在链接的 # 之后，不上传任何内容；打开链接的人可以对比基座与微调后的模型，并继续训练。
- **{compare.import}**，或把 zip 拖到页面上，即可加载适配器。

## 训练记录

每次训练都保存在本机：曲线、设置、回答和适配器。勾选两条记录，即可把曲线画在一起，并列出不同的设置。因刷新或关闭标签页而中断的训练，可以从最近的检查点继续。GPU 丢失时，训练会自动继续一次，之后需要点**{error.restart}**。训练无法保存时，图表上方会有提示，结束后可以下载适配器。

## 该用多大的秩

**{tab.ranklab}**用你自己的样本回答这个问题。

![用两个种子同时训练多个秩](race)

- **{race.title}**：在同一个基座上同时训练多个秩，每个秩的结果与单独训练时完全相同。至少两个种子时，表格会显示方差；至少三个种子时，**{rank.advisor}**会给出验证损失与最优值之差在噪声范围内的最小秩，并列出依据。
- **{rank.spectrum}**：每个更新实际用到多少个方向。点击一格可查看它的奇异值。
- **{rank.cut}**：把适配器降到更低的秩，并测量验证损失和回答；点**{rank.keep}**后，结果成为内存中的适配器。
- **{rank.overlap}**：两个适配器的方向重叠了多少，并与随机方向对比。
- **{rank.calculator}**：每种方法在当前模型上的可训练参数、文件大小和显存用量。

## 该用哪种方法

![用同样的数据训练的几种方法](methods)

**{tab.methods}**用相同的样本、步数和顺序依次训练所选的方法：LoRA 及其变体、提示微调、瓶颈适配器、全参数微调以及组合。表中每个数都在本机测得。刷新页面后表格仍在，中断后可以继续，也可以保存为 CSV、JSON 或 Markdown。我们的结果见 [methods.md](methods.md)。

## 一个基座，多个适配器

![两个适配器与基座在同一批次里回答](library)

**{tab.library}**列出你训练、导入和混合得到的适配器。点**{library.use}**即可切换适配器，不重新加载基座。勾选至少两个，可以在一个批次里向它们提同一个问题，或像 PEFT 的 add_weighted_adapter 那样混合它们。

## 课堂上

![用少量数字表示矩阵](learn-1)

**{tab.learn}**共六步，每一步都可以拖动或训练。网址中包含当前步骤和滑块位置，可以直接发给全班。

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
