// All messages in Chinese, by the name of their table. The page loads this file when Chinese is selected.

import { adaptersZh } from "./adapters.zh.ts";
import { analysisZh } from "./analysis.zh.ts";
import { bestZh } from "./best.zh.ts";
import { checkpointZh } from "./checkpoint.zh.ts";
import { dataZh } from "./data.zh.ts";
import { deviceZh } from "./device.zh.ts";
import { filesZh } from "./files.zh.ts";
import { ggufZh } from "./gguf.zh.ts";
import { hubZh } from "./hub.zh.ts";
import { intakeZh } from "./intake.zh.ts";
import { kernelsZh } from "./kernels.zh.ts";
import { linkZh } from "./link.zh.ts";
import { memoryZh } from "./memory.zh.ts";
import { textsIn } from "./message.ts";
import { modelsZh } from "./models.zh.ts";
import { peftZh } from "./peft.zh.ts";
import { regexpZh } from "./regexp.zh.ts";
import { rowsZh } from "./rows.zh.ts";
import { selfTestZh } from "./self-test.zh.ts";
import { settingsZh } from "./settings.zh.ts";
import { storageZh } from "./storage.zh.ts";
import { studyZh } from "./study.zh.ts";
import { tokenizerZh } from "./tokenizer.zh.ts";
import { trainZh } from "./train.zh.ts";
import { workerZh } from "./worker.zh.ts";
import { workerLabZh } from "./worker-lab.zh.ts";

const TABLES = {
	best: bestZh,
	checkpoint: checkpointZh,
	device: deviceZh,
	tokenizer: tokenizerZh,
	data: dataZh,
	peft: peftZh,
	adapters: adaptersZh,
	link: linkZh,
	gguf: ggufZh,
	files: filesZh,
	models: modelsZh,
	selfTest: selfTestZh,
	settings: settingsZh,
	study: studyZh,
	memory: memoryZh,
	train: trainZh,
	analysis: analysisZh,
	kernels: kernelsZh,
	storage: storageZh,
	hub: hubZh,
	workerLab: workerLabZh,
	worker: workerZh,
	intake: intakeZh,
	rows: rowsZh,
	regexp: regexpZh,
};

/** The Chinese text of a message. */
export const messageInChinese = textsIn(TABLES);
