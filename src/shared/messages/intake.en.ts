// Files that are recognised and cannot be read as data.

export const intakeTexts = {
	workbook: "{name} is a spreadsheet file",
	"workbook.next": "save it as CSV (UTF-8)",
	zip: "{name} is a zip file",
	"zip.next": "unpack it and use the data file inside",
	gzip: "{name} is compressed",
	"gzip.next": "unpack it and use the file inside",
	binary: "{name} is not text",
	"binary.next": "use a JSONL, JSON, CSV, TSV, TXT or Parquet file",
	adapter: "{name} is a file of weights or of an adapter, not rows",
	"adapter.next": "import an adapter as its folder or zip; open a model as its folder",
	document: "{name} is a document, not plain text",
	"document.next": "save it as plain text (.txt), or its table as CSV",
	"trailingComma.next": "remove the comma after the last value",
	severalLists: "the file contains several lists ({names}), and it is not clear which has the rows",
	"severalLists.next": "save the list with the rows as a file",
	noRows: "a plain text file has no rows",
	"noRows.next": "write the text as JSONL: one object on each line, {example}",
} as const;
