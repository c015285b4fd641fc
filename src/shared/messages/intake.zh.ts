// The messages of intake.en.ts in Chinese.
import type { intakeTexts } from "./intake.en.ts";
import type { Translation } from "./message.ts";

export const intakeZh: Translation<typeof intakeTexts> = {
	workbook: "{name} 是电子表格文件",
	"workbook.next": "请另存为 CSV（UTF-8）",
	zip: "{name} 是 zip 压缩包",
	"zip.next": "请解压后使用里面的数据文件",
	gzip: "{name} 是压缩文件",
	"gzip.next": "请解压后使用里面的文件",
	binary: "{name} 不是文本",
	"binary.next": "请使用 JSONL、JSON、CSV、TSV、TXT 或 Parquet 文件",
	adapter: "{name} 是权重或适配器文件，不是样本",
	"adapter.next": "适配器请按文件夹或 zip 导入，模型请按文件夹打开",
	document: "{name} 是文档，不是纯文本",
	"document.next": "请另存为纯文本 (.txt)，表格请另存为 CSV",
	"trailingComma.next": "请去掉最后一个值后面的逗号",
	severalLists: "文件里有多个列表（{names}），无法确定数据行在哪一个里",
	"severalLists.next": "请把含有数据行的列表单独存为一个文件",
	columnTwice: "有两列都会叫作“{name}”",
	"columnTwice.next": "请把另一列也改名：--columns 列名=字段,…",
	noColumn: "文件里没有 {names} 列",
	"noColumn.next": "文件的列有：{names}",
	notTable: "{format} 文件没有分隔符",
	"notTable.next": "请去掉 --separator，或使用 CSV 文件",
	noRows: "纯文本文件没有数据行",
	"noRows.next": "请把文本写成 JSONL：每行一个对象，例如 {example}",
};
