// Files that are recognised and cannot be read as data.
import { messagesOf } from "./message.ts";

export const intakeTexts = {
	workbook: "{name} is a spreadsheet file",
	"workbook.next": "save it as CSV (UTF-8)",
	zip: "{name} is a zip file",
	"zip.next": "unpack it and use the data file inside",
	gzip: "{name} is compressed",
	"gzip.next": "unpack it and use the file inside",
	binary: "{name} is not text",
	"binary.next": "use a JSONL, JSON, CSV, TSV, TXT or Parquet file",
	noRows: "a plain text file has no rows",
	"noRows.next": "write the text as JSONL: one object on each line, {example}",
} as const;

export const intakeMessage = messagesOf("intake", intakeTexts);
