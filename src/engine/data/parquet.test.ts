import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { dataMessage } from "../../shared/messages/index.ts";
import { type DataFile, type RawRow, rawRows } from "./files.ts";

const bytesOf = (name: string) => readFileSync(`fixtures/parquet/${name}.parquet`);
const fileOf = (bytes: BlobPart): DataFile => ({
	name: "rows.parquet",
	format: "parquet" as const,
	blob: new Blob([bytes]),
});
async function read(bytes: BlobPart): Promise<RawRow[]> {
	const rows: RawRow[] = [];
	for await (const row of rawRows(fileOf(bytes))) rows.push(row);
	return rows;
}

describe("rows of a Parquet file (pyarrow)", () => {
	test.each(["none", "snappy", "gzip", "zstd"])("packed with %s", async (codec) => {
		expect((await read(bytesOf(`pairs-${codec}`))).map(({ value }) => value)).toEqual([
			{ prompt: "a", completion: " x", text: null, score: 0.5 },
			{ prompt: "b", completion: " y", text: null, score: null },
			{ prompt: null, completion: null, text: "only text", score: 1 },
		]);
	});

	test("reads lists of structs over several row groups, integers and times", async () => {
		const rows = await read(bytesOf("chats"));
		expect(rows.length).toBe(300);
		expect(rows[299]).toEqual({
			index: 299,
			number: 300,
			where: dataMessage("atRow", { file: "rows.parquet", row: 300 }),
			value: {
				messages: [
					{ role: "user", content: "Who is 299? 狐狸" },
					{ role: "assistant", content: "A fox, number 299." },
				],
				id: 299,
				when: "2026-01-01T00:00:00.000Z",
			},
		});
	});

	test("every byte of a row group is read once, whatever the number of rows", async () => {
		const blob = new Blob([bytesOf("chats")]);
		const slice = vi.spyOn(blob, "slice");
		let rows = 0;
		for await (const _ of rawRows({ name: "rows.parquet", format: "parquet", blob })) rows++;
		expect(rows).toBe(300);
		const read = slice.mock.calls.reduce((sum, [start = 0, end = blob.size]) => sum + end - start, 0);
		// The columns, and the footer at the beginning.
		expect(read).toBeLessThan(2 * blob.size + 8);
		expect(slice.mock.calls.length).toBeLessThan(30);
	});

	test("reads a stream as it reads a file", async () => {
		const pieces = async function* () {
			const bytes = bytesOf("pairs-snappy");
			for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
		};
		const values: unknown[] = [];
		for await (const { value } of rawRows({ name: "rows.parquet", format: "parquet", blob: pieces() }))
			values.push(value);
		expect(values[1]).toEqual({ prompt: "b", completion: " y", text: null, score: null });
	});

	test("a truncated file, or one that is not Parquet, is reported by name", async () => {
		const whole = bytesOf("pairs-snappy");
		for (const bad of [whole.subarray(0, whole.length - 9), Buffer.from("PAR1"), Buffer.from("prompt,completion")])
			await expect(read(bad)).rejects.toThrow(/Parquet file cannot be read.*rows\.parquet.*download it again/s);
	});

	test("an unsupported codec is named", async () => {
		await expect(read(bytesOf("pairs-brotli"))).rejects.toThrow(/compressed with BROTLI.*snappy, gzip, zstd/s);
	});
});
