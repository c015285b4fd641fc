// A JSON value as a Python literal, for code that the page and model cards show.
export function pythonLiteral(value: unknown): string {
	if (value === null) return "None";
	if (typeof value === "boolean") return value ? "True" : "False";
	if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
	if (typeof value !== "object") return JSON.stringify(value);
	const entries = Object.entries(value ?? {}).map(([key, one]) => `${JSON.stringify(key)}: ${pythonLiteral(one)}`);
	return `{${entries.join(", ")}}`;
}
