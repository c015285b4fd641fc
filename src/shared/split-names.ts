// Names of the files of a split GGUF model, as llama-gguf-split writes them.

const PART = /-(\d{5})-of-(\d{5})\.gguf$/i;

/** The names of all files of a split model, in order; null for the name of a whole one. */
export function splitNames(name: string): string[] | null {
	const [end, , count] = PART.exec(name) ?? [];
	if (end === undefined || Number(count) === 0) return null;
	const five = (n: number) => String(n).padStart(5, "0");
	const stem = name.slice(0, -end.length);
	return Array.from({ length: Number(count) }, (_, i) => `${stem}-${five(i + 1)}-of-${count}${name.slice(-5)}`);
}
