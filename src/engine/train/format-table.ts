// Formats tables as CSV (RFC 4180) and Markdown.

/** Null is an empty cell. */
export function csvLine(cells: readonly (string | number | null)[]): string {
	return `${cells.map(csvCell).join(",")}\n`;
}

/** Spreadsheets compute a cell that begins so; an apostrophe makes it a text (https://owasp.org/www-community/attacks/CSV_Injection). */
const FORMULA = /^[=+\-@\t\r]/;

function csvCell(value: string | number | null): string {
	if (value === null) return "";
	const written = String(value);
	const text = FORMULA.test(written) && !Number.isFinite(Number(written)) ? `'${written}` : written;
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
	const lines = [head, head.map(() => "---"), ...rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")))];
	return lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}
