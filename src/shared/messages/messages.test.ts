// Chinese has every message (its type says so) with the {names} of the English text.
import { expect, test } from "vitest";
import { adaptersTexts } from "./adapters.en.ts";
import { adaptersZh } from "./adapters.zh.ts";
import { analysisTexts } from "./analysis.en.ts";
import { analysisZh } from "./analysis.zh.ts";
import { bestTexts } from "./best.en.ts";
import { bestZh } from "./best.zh.ts";
import { checkpointTexts } from "./checkpoint.en.ts";
import { checkpointZh } from "./checkpoint.zh.ts";
import { dataTexts } from "./data.en.ts";
import { dataZh } from "./data.zh.ts";
import { deviceTexts } from "./device.en.ts";
import { deviceZh } from "./device.zh.ts";
import { messageInEnglish } from "./en.ts";
import { filesTexts } from "./files.en.ts";
import { filesZh } from "./files.zh.ts";
import { ggufTexts } from "./gguf.en.ts";
import { ggufZh } from "./gguf.zh.ts";
import { hubTexts } from "./hub.en.ts";
import { hubZh } from "./hub.zh.ts";
import { dataMessage, deviceMessage } from "./index.ts";
import { intakeTexts } from "./intake.en.ts";
import { intakeZh } from "./intake.zh.ts";
import { kernelsTexts } from "./kernels.en.ts";
import { kernelsZh } from "./kernels.zh.ts";
import { linkTexts } from "./link.en.ts";
import { linkZh } from "./link.zh.ts";
import { memoryTexts } from "./memory.en.ts";
import { memoryZh } from "./memory.zh.ts";
import { messagesOf } from "./message.ts";
import { modelsTexts } from "./models.en.ts";
import { modelsZh } from "./models.zh.ts";
import { peftTexts } from "./peft.en.ts";
import { peftZh } from "./peft.zh.ts";
import { rowsTexts } from "./rows.en.ts";
import { rowsZh } from "./rows.zh.ts";
import { selfTestTexts } from "./self-test.en.ts";
import { selfTestZh } from "./self-test.zh.ts";
import { settingsTexts } from "./settings.en.ts";
import { settingsZh } from "./settings.zh.ts";
import { storageTexts } from "./storage.en.ts";
import { storageZh } from "./storage.zh.ts";
import { studyTexts } from "./study.en.ts";
import { studyZh } from "./study.zh.ts";
import { tokenizerTexts } from "./tokenizer.en.ts";
import { tokenizerZh } from "./tokenizer.zh.ts";
import { trainTexts } from "./train.en.ts";
import { trainZh } from "./train.zh.ts";
import { workerTexts } from "./worker.en.ts";
import { workerZh } from "./worker.zh.ts";
import { workerLabTexts } from "./worker-lab.en.ts";
import { workerLabZh } from "./worker-lab.zh.ts";
import { messageInChinese } from "./zh.ts";

type Strings = Readonly<Record<string, string>>;
const TABLES: Readonly<Record<string, readonly [en: Strings, zh: Strings]>> = {
	best: [bestTexts, bestZh],
	checkpoint: [checkpointTexts, checkpointZh],
	device: [deviceTexts, deviceZh],
	tokenizer: [tokenizerTexts, tokenizerZh],
	data: [dataTexts, dataZh],
	peft: [peftTexts, peftZh],
	adapters: [adaptersTexts, adaptersZh],
	link: [linkTexts, linkZh],
	gguf: [ggufTexts, ggufZh],
	files: [filesTexts, filesZh],
	models: [modelsTexts, modelsZh],
	selfTest: [selfTestTexts, selfTestZh],
	settings: [settingsTexts, settingsZh],
	study: [studyTexts, studyZh],
	memory: [memoryTexts, memoryZh],
	train: [trainTexts, trainZh],
	analysis: [analysisTexts, analysisZh],
	kernels: [kernelsTexts, kernelsZh],
	storage: [storageTexts, storageZh],
	hub: [hubTexts, hubZh],
	workerLab: [workerLabTexts, workerLabZh],
	worker: [workerTexts, workerZh],
	intake: [intakeTexts, intakeZh],
	rows: [rowsTexts, rowsZh],
};

const names = (text: string): string[] => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]))].sort();

test.each(Object.entries(TABLES))("%s: Chinese and English texts have the same placeholders", (_, [en, zh]) => {
	for (const [key, text] of Object.entries(en)) {
		expect(names(zh[key]), key).toEqual(names(text));
		expect(zh[key], key).toMatch(/[\p{Script=Han}、；]|^\{\w+\}$/u);
	}
});

test("a message has an id, values and the English text; Chinese is looked up by the id", () => {
	const message = deviceMessage("bufferTooLarge", { size: 512, limit: 256 });
	expect(messageInEnglish(message)).toBe("a buffer of 512 MiB is over this device's limit of 256 MiB");
	expect(messageInChinese(message)).toBe("需要 512 MiB 的缓冲区，超过本设备 256 MiB 的上限");
});

test("nested messages are translated too; an unknown id is shown with its values", () => {
	const reason = deviceMessage("outOfMemory");
	const message = deviceMessage("lost", { reason });
	expect(messageInEnglish(message)).toBe("the GPU was lost (the GPU is out of memory)");
	expect(messageInChinese(message)).toBe("GPU 丢失（GPU 显存不足）");
	expect(messageInChinese(messagesOf<{ removed: "removed {n}" }>("device")("removed", { n: 1 }))).toBe(
		"device.removed 1",
	);
});

test("a warning about rows is translated with the position of the first row", () => {
	const place = dataMessage("atLine", { file: "a.jsonl", line: 7 });
	const skipped = dataMessage("skipped", { rows: dataMessage("rows", { count: 3, place }) });
	const message = dataMessage("heldOutRows", { warning: skipped });
	expect(messageInEnglish(message)).toBe(
		"held-out rows: 3 rows (the first: a.jsonl, line 7) with no trained token left, skipped",
	);
	expect(messageInChinese(message)).toBe("验证集：3 行（第一行：a.jsonl，第 7 行）没有可训练的词元，已跳过");
});
