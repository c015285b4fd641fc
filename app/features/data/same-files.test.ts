// The page and the command accept the same files: each file is opened as the page opens it and as the command does, and
// must give equal rows or the same error. Cases next to the repository are included if they exist.
import { existsSync, mkdtempSync, openAsBlob, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { openDataFile } from "../../../src/cli/data.ts";
import type { DataInfo, DataSource, EngineApi, ModelInfo } from "../../../src/engine/api.ts";
import { editableRows } from "../../../src/engine/data/editable-rows.ts";
import { rawRows } from "../../../src/engine/data/files.ts";
import { openData } from "../../../src/engine/data/open-data.ts";
import { useEngine } from "../model/store.ts";
import { loadDataFile } from "./data-files.ts";
import { useData } from "./store.ts";

const CASES = "../shared/cases/data";
const FORMATS = /\.(jsonl|json|csv|tsv|txt|parquet)$/;
const cases = existsSync(CASES)
	? readdirSync(CASES, { recursive: true, encoding: "utf8" })
			.filter((path) => FORMATS.test(path))
			.map((path) => join(CASES, path))
	: [];
if (cases.length === 0) console.log(`${CASES} is not there: only the files of this test are compared`);

const INLINE: Record<string, string | Uint8Array> = {
	"talk.jsonl": '{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}\n',
	"names.jsonl": '{"question":"a","answer":"b"}\n{"question":"c","answer":""}\n',
	"list.json": '{"data": [{"input_ids": [1, 2]}, {"input_ids": [3]}]}',
	"semicolons.csv": "prompt;completion\r\na, b;c\r\n",
	"bars.csv": "text|by\nOne.|me\n",
	"excel.csv": "sep=;\nQuestion;Answer;\nWho?;Pip;\n",
	"utf16.csv": Uint8Array.from([0xff, 0xfe, ...[..."text\nOnce.\n"].flatMap((c) => [c.charCodeAt(0), 0])]),
	"tabs.txt": "question\tanswer\na\tb\n",
	"story.txt": "Once upon a time.",
	"lines.txt": '{"text":"a"}\n{"text":"b"}',
	"no-ending": '[{"text":"a"}]',
	"ragged.csv": "prompt,completion\na,b,c\n",
	"quote.csv": 'prompt,completion\n"a"b,c\n',
	"latin1.csv": Uint8Array.of(0x74, 0x65, 0x78, 0x74, 10, 0x63, 0x61, 0x66, 0xe9, 10),
	"cyrillic.csv": Uint8Array.of(0x74, 0x65, 0x78, 0x74, 10, 0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2, 10),
	"single.csv": "'prompt','completion'\n'Hi, you','Hello'\n",
	"book.xlsx": "PK\u0003\u0004",
	"unknown.csv": "x,y\na,b\n",
};

const folder = mkdtempSync(join(tmpdir(), "tabtune-same-"));
for (const [name, content] of Object.entries(INLINE)) writeFileSync(join(folder, name), content);
afterAll(() => rmSync(folder, { recursive: true }));

async function rowsOf(source: DataSource): Promise<unknown> {
	if (source.format === "txt") return source.blob.text();
	const rows: unknown[] = [];
	try {
		for await (const row of rawRows(source)) rows.push(row);
	} catch (error) {
		return { rows, error: String(error) };
	}
	return { rows };
}

async function pageRows(path: string): Promise<unknown> {
	await loadDataFile(new File([await openAsBlob(path)], basename(path)));
	const { asking, source, refused } = useData.getState();
	if (source !== null) return rowsOf(source);
	if (asking === null) return refused?.error.what;
	// The command does not ask: it reads the rows by their own names, and the error for the first one lists them.
	const { mapping: _, ...unmapped } = asking.source;
	return rowsOf(unmapped);
}

async function commandRows(path: string): Promise<unknown> {
	try {
		return await rowsOf(await openDataFile(path, true));
	} catch (error) {
		return (error as Error).message;
	}
}

beforeEach(() => {
	vi.stubGlobal("sessionStorage", { getItem: () => null, setItem: () => undefined });
	vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });
	vi.spyOn(process.stderr, "write").mockReturnValue(true);
	const info = {
		rows: 1,
		duplicates: [] as number[][],
		samplePrompt: "",
		preview: [],
	} as Partial<DataInfo> as DataInfo;
	const api = { openData, editableRows, describeData: async () => info } as Partial<EngineApi> as EngineApi;
	useEngine.setState({
		api,
		model: { hasChatTemplate: true, parameters: 1, rankLimits: {} } as Partial<ModelInfo> as ModelInfo,
	});
	useData.setState({ source: null, origin: null, asking: null, columns: null, refused: null });
});

const parquet = ["chats", "pairs-gzip", "pairs-brotli"].map((name) => `fixtures/parquet/${name}.parquet`);
test.each([...Object.keys(INLINE).map((name) => join(folder, name)), ...parquet, ...cases])("%s", async (path) => {
	const page = await pageRows(path);
	expect(page).toBeDefined();
	expect(await commandRows(path)).toEqual(page);
});

test("the files that both accept give rows", async () => {
	const counts = Object.keys(INLINE).map(async (name) => {
		const read = await commandRows(join(folder, name));
		return typeof read === "object" && read !== null && "rows" in read && !("error" in read) ? name : null;
	});
	expect((await Promise.all(counts)).filter((name) => name !== null)).toEqual([
		"talk.jsonl",
		"names.jsonl",
		"list.json",
		"semicolons.csv",
		"bars.csv",
		"excel.csv",
		"utf16.csv",
		"tabs.txt",
		"lines.txt",
		"no-ending",
		"latin1.csv",
		"single.csv",
		"unknown.csv",
	]);
});
