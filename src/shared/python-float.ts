// Numbers as Python writes them.

/** repr() of a float: JavaScript's digits, but with 5.0, 1e-05 and 1e+16. */
export function pythonFloat(value: number): string {
	if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
	const size = Math.abs(value);
	if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
		return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
	}
	const text = Object.is(value, -0) ? "-0" : String(value);
	return text.includes(".") ? text : `${text}.0`;
}
