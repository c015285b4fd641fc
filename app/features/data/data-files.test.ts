// Files and pasted text with the engine's own reader and a mock of its other calls: which rows the engine gets, and when
// the page asks about columns.
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { DataInfo, EngineApi, ModelInfo } from "../../../src/engine/api.ts";
import { editableRows } from "../../../src/engine/data/editable-rows.ts";
import { openData } from "../../../src/engine/data/open-data.ts";
import { EngineError } from "../../engine.ts";
import { useEngine } from "../model/store.ts";
import { useSettings } from "../settings/store.ts";
import { restoreOwnRows, undoReplace } from "./actions.ts";
import {
	adoptSettingsFile,
	answerAsking,
	askAgain,
	cancelAsking,
	keepBoth,
	loadDataFile,
	loadDataFiles,
	loadPaste,
} from "./data-files.ts";
import { useEditor } from "./editor-store.ts";
import { closeEditor, keepValidRows, openEditor, removeDuplicates } from "./row-actions.ts";
import { rowLines } from "./row-lines.ts";
import { useData } from "./store.ts";

const INFO = { rows: 1, duplicates: [] as number[][], samplePrompt: "?", preview: [] } as Partial<DataInfo> as DataInfo;
const describeData = vi.fn<EngineApi["describeData"]>();
const checkRows = vi.fn<EngineApi["checkRows"]>();

function engine(): EngineApi {
	return { describeData, checkRows, openData, editableRows } as Partial<EngineApi> as EngineApi;
}
const give = (name: string, content: string | Uint8Array<ArrayBuffer>) => loadDataFile(new File([content], name));
/** What the engine was last asked to describe. */
async function given(): Promise<{ format: string; text: string }> {
	const { source } = useData.getState();
	return { format: source?.format ?? "", text: (await source?.blob.text()) ?? "" };
}
/** The rows of the current source. */
async function rows(): Promise<unknown[]> {
	const { source } = useData.getState();
	if (source === null) return [];
	return (await rowLines(source)).split("\n").map((line) => JSON.parse(line));
}
const talk = (q: string, a: string) => ({
	messages: [
		{ role: "user", content: q },
		{ role: "assistant", content: a },
	],
});

beforeEach(() => {
	const kept = new Map<string, string>();
	const storage = {
		getItem: (key: string) => kept.get(key) ?? null,
		setItem: (key: string, value: string) => void kept.set(key, value),
		removeItem: (key: string) => void kept.delete(key),
	};
	vi.stubGlobal("sessionStorage", storage);
	vi.stubGlobal("localStorage", storage);
	describeData.mockReset().mockResolvedValue(INFO);
	checkRows.mockReset();
	useEngine.setState({
		api: engine(),
		model: { hasChatTemplate: true, parameters: 1, rankLimits: {} } as Partial<ModelInfo> as ModelInfo,
	});
	useData.setState(useData.getInitialState(), true);
});

describe("files", () => {
	test("a file that the engine reads is passed to it unchanged, with the detected format", async () => {
		const csv = "prompt,completion\na,b\n";
		await give("a.csv", csv);
		expect(await given()).toEqual({ format: "csv", text: csv });
		await give("a.txt", '{"text":"a"}\n{"text":"b"}');
		expect((await given()).format).toBe("jsonl");
		await give("a.csv", "prompt\tcompletion\na\tb\n");
		expect((await given()).format).toBe("tsv");
		await give("a.txt", "Once upon a time.");
		expect((await given()).format).toBe("txt");
	});

	test("semicolons, Chinese column names and GB 18030 are read as conversations without a question to the user", async () => {
		// "问题;回答" and "你好;皮普", in GB 18030.
		const chinese = [0xce, 0xca, 0xcc, 0xe2, 0x3b, 0xbb, 0xd8, 0xb4, 0xf0, 10, 0xc4, 0xe3, 0xba, 0xc3, 0x3b];
		await give("a.csv", Uint8Array.from([...chinese, 0xc6, 0xa4, 0xc6, 0xd5, 10]));
		expect(await rows()).toEqual([talk("你好", "皮普")]);
		expect(useData.getState().asking).toBeNull();
	});

	test("a list inside an object is read, and so is Excel's Unicode text", async () => {
		await give("a.json", '{"data": [{"input_ids": [1, 2]}, {"input_ids": [3]}]}');
		expect(await rows()).toEqual([{ input_ids: [1, 2] }, { input_ids: [3] }]);
		const utf16 = Uint8Array.from(
			[..."\uFEFFtext\nOnce.\n"].flatMap((c) => [c.charCodeAt(0) & 255, c.charCodeAt(0) >> 8]),
		);
		await give("a.csv", utf16);
		expect(await rows()).toEqual([{ text: "Once." }]);
	});

	test("the page asks for unknown columns, remembers and lets the user change them; without a chat template rows are plain", async () => {
		await give("a.csv", "x,y\na,b\nc,\n");
		expect(describeData).not.toHaveBeenCalled();
		const suggested = useData.getState().asking?.source.mapping;
		expect(suggested).toMatchObject({ kind: "pair", prompt: 0, answer: 1, shape: "chat" });
		if (suggested === undefined) return;
		await answerAsking({ ...suggested, prompt: 1, answer: 0 });
		expect(await rows()).toEqual([talk("b", "a")]);
		await vi.waitFor(() =>
			expect(useData.getState()).toMatchObject({
				asking: null,
				columns: { names: ["x", "y"] },
				kept: { name: "a.csv" },
			}),
		);
		await give("b.csv", "X , y\nd,e\n");
		expect(await rows()).toEqual([talk("e", "d")]);
		askAgain();
		expect(useData.getState().asking?.source.mapping?.prompt).toBe(1);
		cancelAsking();
		expect(await rows()).toEqual([talk("e", "d")]);
		useEngine.setState({
			model: { hasChatTemplate: false, parameters: 1, rankLimits: {} } as Partial<ModelInfo> as ModelInfo,
		});
		await loadPaste("question\tanswer\na\tb");
		expect(await rows()).toEqual([{ prompt: "a", completion: " b" }]);
	});

	test("a workbook is refused with advice", async () => {
		await give("a.xlsx", "PK\u0003\u0004");
		expect(useData.getState()).toMatchObject({ status: "empty", source: null });
		expect(useData.getState().refused?.error.what).toMatch(/spreadsheet file: save it as CSV/);
	});
});

describe("pasted tables are read like files", () => {
	const FIRST: [name: string, text: string, row: unknown][] = [
		[
			"columns of a form",
			"Timestamp\tQuestion\tAnswer\n1/2 10:00\tRain?\tWater.\n1/2 10:01\tWho?\tPip.",
			talk("Rain?", "Water."),
		],
		["an id", "id\tquestion\tanswer\n1\tRain?\tWater.", talk("Rain?", "Water.")],
		["backwards", "Answer\tQuestion\nWater.\tRain?\nPip.\tWho?", talk("Rain?", "Water.")],
		["commas", "question,answer\nRain?,Water.\nWho?,Pip.", talk("Rain?", "Water.")],
		["two columns without names", "What is rain?\tWater.\nWho?\tPip.", talk("What is rain?", "Water.")],
		["one line", "What is rain?\tWater.", talk("What is rain?", "Water.")],
		["the engine's own names", "prompt\tcompletion\na\tb", { prompt: "a", completion: "b" }],
	];
	test.each(FIRST)("%s", async (_, text, row) => {
		await loadPaste(text);
		expect(useData.getState().asking).toBeNull();
		expect((await rows())[0]).toMatchObject(row as object);
	});

	test("unknown names are asked about, prose with a comma is text", async () => {
		await loadPaste("Pregunta\tRespuesta\n¿Qué es?\tAgua.");
		expect(useData.getState().asking?.columns.names).toEqual(["Pregunta", "Respuesta"]);
		cancelAsking();
		await loadPaste("Once, upon a time,\nthere was, a hat,");
		expect((await given()).format).toBe("txt");
	});
});

describe("rows are never lost", () => {
	const OWN = "question\tanswer\nWho?\tPip.\nWhy?\tSo.";
	const noRows = () => new EngineError({ code: "data", what: "the file holds no rows" });

	test("a file that cannot be read or has no rows leaves the rows and what is stored", async () => {
		await loadPaste(OWN);
		await vi.waitFor(() => expect(useData.getState().kept?.name).toBe("pasted rows"));
		await give("holiday.png", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 1));
		expect(useData.getState()).toMatchObject({ status: "ready", refused: { name: "holiday.png" } });
		describeData.mockRejectedValueOnce(noRows());
		checkRows.mockResolvedValue({ problems: [], badRows: 0, goodRows: 0, good: null, complete: true });
		await give("header-only.csv", "prompt,completion\n");
		expect(useData.getState()).toMatchObject({ status: "ready", refused: { name: "header-only.csv" }, replaced: [] });
		expect(await rows()).toEqual([talk("Who?", "Pip."), talk("Why?", "So.")]);
		useData.setState({ source: null, origin: { kind: "gallery", id: "pirate" } });
		expect(await restoreOwnRows()).toBe(true);
		expect(await rows()).toEqual([talk("Who?", "Pip."), talk("Why?", "So.")]);
	});

	test("rows that another file replaced are restored by Undo, or joined with it", async () => {
		await loadPaste(OWN);
		await give("a.jsonl", JSON.stringify(talk("a", "b")));
		expect(await rows()).toEqual([talk("a", "b")]);
		await undoReplace();
		expect(await rows()).toEqual([talk("Who?", "Pip."), talk("Why?", "So.")]);
		expect(useData.getState().replaced).toEqual([]);
		await give("a.jsonl", JSON.stringify(talk("a", "b")));
		await keepBoth();
		expect(await rows()).toEqual([talk("Who?", "Pip."), talk("Why?", "So."), talk("a", "b")]);
		await undoReplace();
		expect(await rows()).toEqual([talk("a", "b")]);
	});

	test("stored rows are restored by Undo although a gallery set was selected in between", async () => {
		await loadPaste(OWN);
		await vi.waitFor(() => expect(useData.getState().kept).not.toBeNull());
		useData.setState({ origin: { kind: "gallery", id: "pirate" } });
		await give("a.jsonl", JSON.stringify(talk("a", "b")));
		await undoReplace();
		expect(await rows()).toEqual([talk("Who?", "Pip."), talk("Why?", "So.")]);
	});

	test("files dropped together are all read; one that cannot be is named", async () => {
		await loadDataFiles([
			new File([JSON.stringify(talk("a", "b"))], "a.jsonl"),
			new File(["PK\u0003\u0004"], "b.xlsx"),
			new File(["prompt,completion\nc,d\n"], "c.csv"),
		]);
		expect(await rows()).toEqual([talk("a", "b"), { prompt: "c", completion: "d" }]);
	});

	test("a run.json is offered as settings", async () => {
		await loadPaste(OWN);
		await give("run.json", '{"r": 3, "max_steps": 7, "learning_rate": 0.001}');
		expect(useData.getState()).toMatchObject({ status: "ready", settingsFile: { name: "run.json" } });
		adoptSettingsFile();
		expect(useSettings.getState().settings).toMatchObject({ r: 3, max_steps: 7 });
		expect(await rows()).toHaveLength(2);
	});

	test.each(["letter.docx", "letter.rtf", "page.html", "adapter_model.safetensors"])(
		"%s is refused by its kind",
		async (name) => {
			await give(name, "<p>a</p>");
			expect(useData.getState().refused?.error.what).toMatch(/is a (document|file of weights)/);
		},
	);
});

describe("current rows", () => {
	test("after a refusal all invalid rows are listed, and the valid ones can be used", async () => {
		describeData.mockRejectedValueOnce(new EngineError({ code: "data", what: "line 2 is not JSON" }));
		const good = new Blob(['{"text":"a"}\n']);
		checkRows.mockResolvedValue({ problems: [], badRows: 1, goodRows: 1, good, complete: true });
		await give("a.jsonl", '{"text":"a"}\n{');
		expect(useData.getState()).toMatchObject({ status: "failed", check: { badRows: 1 } });
		await keepValidRows();
		expect(useData.getState()).toMatchObject({ status: "ready", check: null, source: { blob: good } });
	});

	test("one row of each group of duplicates stays", async () => {
		describeData.mockResolvedValueOnce({ ...INFO, duplicates: [[0, 2]] });
		await give("a.jsonl", ["a", "b", "a", "b"].map((text) => JSON.stringify({ text })).join("\n"));
		describeData.mockResolvedValueOnce({ ...INFO, duplicates: [[1, 2]] });
		await removeDuplicates();
		expect(await rows()).toEqual([{ text: "a" }, { text: "b" }]);
	});

	test("closing the editor without changes keeps the rows; with changes, they become the user's rows with their history", async () => {
		await give("a.txt", "One.\n\nTwo.");
		await openEditor();
		await closeEditor();
		expect((await given()).format).toBe("txt");
		await openEditor();
		const { history } = useEditor.getState();
		if (history === null) throw new Error("no rows");
		useEditor.setState({ history: { ...history, rows: history.rows.slice(1), past: [history.rows] } });
		await closeEditor();
		expect(await rows()).toEqual([{ text: "Two." }]);
		expect(useData.getState().origin).toEqual({ kind: "own", from: null });
		await openEditor();
		expect(useEditor.getState().history?.past).toHaveLength(1);
	});
});
