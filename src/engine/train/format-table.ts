// Formats tables as CSV (RFC 4180) and Markdown.

/** Null is an empty cell. */
export function csvLine(cells: readonly (string | number | null)[]): string {
	return `${cells.map(csvCell).join(",")}\n`;
}

function csvCell(value: string | number | null): string {
	if (value === null) return "";
	const text = String(value);
	return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
	const lines = [head, head.map(() => "---"), ...rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")))];
	return lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}
