// Formats the methods table as CSV, Markdown and JSON, with mean and standard deviation over the seeds.
import { englishError } from "../../shared/messages/english-error.ts";
import type { MethodRow, MethodsTable, TableFormat } from "../api.ts";
import { csvLine, markdownTable } from "./format-table.ts";

/** Mean and sample standard deviation; the latter only for two or more runs. */
export interface Spread {
	mean: number;
	deviation: number | null;
	n: number;
}

/** Null for no values. */
export function spread(values: readonly number[]): Spread | null {
	const n = values.length;
	if (n === 0) return null;
	const mean = values.reduce((sum, value) => sum + value, 0) / n;
	const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
	return { mean, deviation: n > 1 ? Math.sqrt(squares / (n - 1)) : null, n };
}

/** A row's runs over their seeds. */
export function overSeeds({ runs }: MethodRow) {
	const of = (value: (run: MethodRow["runs"][number]) => number | null) =>
		spread(runs.map(value).filter((found) => found !== null));
	return {
		firstEvalLoss: of((run) => run.firstEvalLoss),
		evalLoss: of((run) => run.evalLoss),
		loss: of((run) => run.loss),
		stepMilliseconds: of((run) => run.stepMilliseconds),
		tokensPerSecond: of((run) => run.tokensPerSecond),
		peakBytes: of((run) => run.peakBytes),
	};
}

interface Column {
	readonly name: string;
	/** The number for CSV; null if unknown. */
	value(row: MethodRow): string | number | null;
	/** The text for Markdown. */
	text(row: MethodRow): string;
}

const MIB = 2 ** 20;
const size = (bytes: number) => (bytes < MIB ? `${(bytes / 1024).toFixed(0)} KiB` : `${(bytes / MIB).toFixed(1)} MiB`);
const percent = (ratio: number) => `${ratio >= 0 ? "+" : ""}${(100 * ratio).toFixed(0)} %`;

function column(name: string, value: (row: MethodRow) => number | null, shown: (value: number) => string): Column {
	return {
		name,
		value,
		text(row) {
			const found = value(row);
			return found === null ? "—" : shown(found);
		},
	};
}

const COLUMNS: readonly Column[] = [
	{ name: "method", value: ({ method }) => method, text: ({ method }) => method },
	column(
		"learning_rate",
		({ learning_rate }) => learning_rate,
		(n) => n.toExponential(1),
	),
	column(
		"trainable_parameters",
		({ cost }) => cost?.trainableParameters ?? null,
		(n) => n.toLocaleString("en"),
	),
	column(
		"share",
		({ cost }) => cost?.share ?? null,
		(n) => `${(100 * n).toFixed(2)} %`,
	),
	column("file_bytes", ({ cost }) => cost?.fileBytes ?? null, size),
	column(
		"gradient_and_optimizer_bytes",
		({ cost }) => (cost === null ? null : cost.gradientBytes + cost.optimizerBytes),
		size,
	),
	column("planned_peak_bytes", ({ cost }) => cost?.plannedPeakBytes ?? null, size),
	column("peak_bytes", (row) => overSeeds(row).peakBytes?.mean ?? null, size),
	column(
		"step_ms",
		(row) => overSeeds(row).stepMilliseconds?.mean ?? null,
		(n) => n.toFixed(0),
	),
	column(
		"tokens_per_second",
		(row) => overSeeds(row).tokensPerSecond?.mean ?? null,
		(n) => n.toFixed(0),
	),
	column(
		"eval_loss_before",
		(row) => overSeeds(row).firstEvalLoss?.mean ?? null,
		(n) => n.toFixed(3),
	),
	{
		name: "eval_loss",
		value: (row) => overSeeds(row).evalLoss?.mean ?? null,
		text(row) {
			const found = overSeeds(row).evalLoss;
			if (found === null) return row.error === null ? "—" : `not trained: ${englishError(row.error).what}`;
			return found.deviation === null
				? found.mean.toFixed(3)
				: `${found.mean.toFixed(3)} ± ${found.deviation.toFixed(3)}`;
		},
	},
	column(
		"eval_loss_deviation",
		(row) => overSeeds(row).evalLoss?.deviation ?? null,
		(n) => n.toFixed(3),
	),
	column("seeds", ({ runs }) => runs.length, String),
	column("latency_unmerged", ({ speed }) => (speed === null ? null : speed.unmerged / speed.base - 1), percent),
	column("latency_merged", ({ speed }) => (speed?.merged == null ? null : speed.merged / speed.base - 1), percent),
	column(
		"switch_ms",
		({ speed }) => speed?.switchMilliseconds ?? null,
		(n) => n.toFixed(1),
	),
];

/** Formats the table as the contents of a file. CSV and Markdown have one line per method, JSON everything. */
export function tableText(table: MethodsTable, format: TableFormat): string {
	if (format === "json") return `${JSON.stringify(inEnglish(table), null, 2)}\n`;
	if (format === "csv") {
		return [COLUMNS.map(({ name }) => name), ...table.rows.map((row) => COLUMNS.map((c) => c.value(row)))]
			.map(csvLine)
			.join("");
	}
	// The deviation is in the same column as its mean.
	const shown = COLUMNS.filter(({ name }) => name !== "eval_loss_deviation");
	return markdownTable(
		shown.map(({ name }) => name.replaceAll("_", " ")),
		table.rows.map((row) => shown.map((c) => c.text(row))),
	);
}

const inEnglish = (table: MethodsTable): MethodsTable => ({
	...table,
	rows: table.rows.map((row) => ({ ...row, error: row.error && englishError(row.error) })),
});
