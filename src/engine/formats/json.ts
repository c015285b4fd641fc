// JSON as Python's json module writes it (PEFT's adapter_config.json), and what JSON.parse does not tell.

/** A number that Python would write as a float: `0.0`, not `0`. */
export class PythonFloat {
	constructor(readonly value: number) {}
}

/** `json.dumps(value, indent=2, sort_keys=True)`: keys sorted, non-ASCII escaped, empty containers on one line. */
export function pythonJson(value: unknown, indent = 0): string {
	const inner = " ".repeat(indent + 2);
	const outer = " ".repeat(indent);
	if (value instanceof PythonFloat) return pythonFloat(value.value);
	if (Array.isArray(value)) {
		return value.length === 0 ? "[]" : `[\n${value.map((item) => inner + pythonJson(item, indent + 2)).join(",\n")}\n${outer}]`;
	}
	if (typeof value === "object" && value !== null) {
		const keys = Object.keys(value).sort();
		if (keys.length === 0) return "{}";
		return `{\n${keys.map((key) => `${inner}${asciiString(key)}: ${pythonJson((value as Record<string, unknown>)[key], indent + 2)}`).join(",\n")}\n${outer}}`;
	}
	return typeof value === "string" ? asciiString(value) : typeof value === "number" && !Number.isInteger(value) ? pythonFloat(value) : JSON.stringify(value ?? null);
}

function asciiString(text: string): string {
	return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** repr() of a float: like JavaScript's, but 5.0 and 1e-05. */
function pythonFloat(value: number): string {
	if (Number.isInteger(value) && Math.abs(value) < 1e16) return `${value}.0`;
	const text = String(value);
	if (Math.abs(value) < 1e-4 && !text.includes("e")) return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
	return text.replace(/e([+-]?)(\d)$/, (_m, sign: string, digit: string) => `e${sign || "+"}0${digit}`);
}

/** A key that stands twice in one object of valid JSON text, or null. */
export function duplicateKey(text: string): string | null {
	const open: (Set<string> | null)[] = []; // a set of keys for an object, null for an array
	let expectKey = false;
	for (let i = 0; i < text.length; i++) {
		const char = text[i];
		if (char === '"') {
			const start = i;
			for (i++; text[i] !== '"'; i++) if (text[i] === "\\") i++;
			const keys = open.at(-1);
			if (expectKey && keys) {
				const key = JSON.parse(text.slice(start, i + 1)) as string;
				if (keys.has(key)) return key;
				keys.add(key);
				expectKey = false;
			}
		} else if (char === "{") {
			open.push(new Set());
			expectKey = true;
		} else if (char === "[") {
			open.push(null);
			expectKey = false;
		} else if (char === "}" || char === "]") open.pop();
		else if (char === ",") expectKey = open.at(-1) !== null;
	}
	return null;
}
