// All messages in English, by the name of their table. Importing this file lets `textOf` show them.

import { adaptersTexts } from "./adapters.en.ts";
import { analysisTexts } from "./analysis.en.ts";
import { bestTexts } from "./best.en.ts";
import { checkpointTexts } from "./checkpoint.en.ts";
import { dataTexts } from "./data.en.ts";
import { deviceTexts } from "./device.en.ts";
import { filesTexts } from "./files.en.ts";
import { ggufTexts } from "./gguf.en.ts";
import { hubTexts } from "./hub.en.ts";
import { intakeTexts } from "./intake.en.ts";
import { kernelsTexts } from "./kernels.en.ts";
import { linkTexts } from "./link.en.ts";
import { memoryTexts } from "./memory.en.ts";
import { setEnglish, textsIn } from "./message.ts";
import { modelsTexts } from "./models.en.ts";
import { peftTexts } from "./peft.en.ts";
import { regexpTexts } from "./regexp.en.ts";
import { rowsTexts } from "./rows.en.ts";
import { selfTestTexts } from "./self-test.en.ts";
import { settingsTexts } from "./settings.en.ts";
import { storageTexts } from "./storage.en.ts";
import { studyTexts } from "./study.en.ts";
import { tokenizerTexts } from "./tokenizer.en.ts";
import { trainTexts } from "./train.en.ts";
import { workerTexts } from "./worker.en.ts";
import { workerLabTexts } from "./worker-lab.en.ts";

const TABLES = {
	cli: { literal: "{text}" }, // errors of the command line itself, which have no translation
	best: bestTexts,
	checkpoint: checkpointTexts,
	device: deviceTexts,
	tokenizer: tokenizerTexts,
	data: dataTexts,
	peft: peftTexts,
	adapters: adaptersTexts,
	link: linkTexts,
	gguf: ggufTexts,
	files: filesTexts,
	models: modelsTexts,
	selfTest: selfTestTexts,
	settings: settingsTexts,
	study: studyTexts,
	memory: memoryTexts,
	train: trainTexts,
	analysis: analysisTexts,
	kernels: kernelsTexts,
	storage: storageTexts,
	hub: hubTexts,
	workerLab: workerLabTexts,
	worker: workerTexts,
	intake: intakeTexts,
	rows: rowsTexts,
	regexp: regexpTexts,
};

/** The English text of a message. */
export const messageInEnglish = textsIn(TABLES);
setEnglish(messageInEnglish);
