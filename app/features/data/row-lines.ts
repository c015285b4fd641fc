// The rows of a data source as text: JSON lines for the editor and for storage. The engine converts other formats.

import type { DataSource } from "../../../src/engine/api.ts";
import { useEngine } from "../model/store.ts";

/** Whether the blob holds text that can be stored as it is. */
export const isPlainText = ({ format, encoding, mapping }: DataSource): boolean =>
	format !== "parquet" && encoding === undefined && mapping === undefined;

/** All rows, one JSON value on each line; a line that is not JSON is an invalid line of the file. */
export async function rowLines(source: DataSource): Promise<string> {
	const { api } = useEngine.getState();
	if (api === null || (source.format === "jsonl" && isPlainText(source))) return source.blob.text();
	return api.editableRows(source);
}
