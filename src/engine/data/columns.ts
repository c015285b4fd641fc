// Guesses which columns of a table are the prompt, the answer or the text: by name, and if the names are ambiguous, by how
// much text the columns contain.
import type { ColumnMapping, DataColumns } from "../../shared/data-shapes.ts";

const NAMES = {
	prompt:
		"prompt question query input instruction user human ask source q 问题 问 提问 输入 指令 用户 题目 提示 提示词".split(
			" ",
		),
	answer:
		"completion answer response output reply assistant bot gpt target solution a 回答 答 答案 回复 输出 回应 助手".split(
			" ",
		),
	system: "system system_prompt persona 系统 系统提示 系统提示词".split(" "),
	text: "text content story body sentence passage 文本 正文 内容 文字 故事".split(" "),
};

const matching = (columns: readonly string[], names: readonly string[]): number[] =>
	columns.flatMap((name, i) => (names.includes(name.trim().toLowerCase()) ? [i] : []));

/** The columns of prompt and answer if their names are unambiguous; otherwise null. */
export function columnRoles(
	columns: readonly string[],
): Pick<ColumnMapping, "kind" | "prompt" | "answer" | "system"> | null {
	const [prompts, answers, systems] = [NAMES.prompt, NAMES.answer, NAMES.system].map((names) =>
		matching(columns, names),
	);
	if (prompts.length !== 1 || answers.length !== 1 || systems.length > 1) return null;
	return { kind: "pair", prompt: prompts[0], answer: answers[0], system: systems[0] ?? null };
}

/** The most likely mapping; `certain` if the names are unambiguous, so that no confirmation is necessary. */
export function guessMapping(
	{ names: columns, records }: DataColumns,
	shape: ColumnMapping["shape"],
): { mapping: ColumnMapping; certain: boolean } {
	const [text] = matching(columns, NAMES.text);
	const roles = columnRoles(columns);
	const base: ColumnMapping = {
		columns,
		kind: "pair",
		prompt: 0,
		answer: 0,
		system: null,
		text: text ?? 0,
		shape,
		header: true,
	};
	if (roles !== null) return { mapping: { ...base, ...roles }, certain: true };
	if (columns.length === 1) return { mapping: { ...base, kind: "text" }, certain: text !== undefined };
	const widest = columns
		.map((_, i) => ({ i, length: records.reduce((n, { cells }) => n + (cells[i] ?? "").length, 0) }))
		.sort((a, b) => b.length - a.length);
	const [prompt] = matching(columns, NAMES.prompt);
	const [answer] = matching(columns, NAMES.answer);
	// The two widest columns, from left to right, are usually prompt and answer.
	const [left, right] = [widest[0].i, widest[1].i].sort((a, b) => a - b);
	const asked = prompt ?? (answer === left ? right : left);
	return { mapping: { ...base, prompt: asked, answer: answer ?? (asked === right ? left : right) }, certain: false };
}
