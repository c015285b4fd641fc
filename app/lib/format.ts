// Number formats: counts, bytes, losses, times, percentages. Pure. To add a format: a function from a number to a string,
// with a test.

/** 950 → "950", 22016 → "22k", 2755008 → "2.8M": the usual notation of parameter counts in every language. */
export function compact(n: number): string {
	const units: [number, string][] = [
		[1e9, "B"],
		[1e6, "M"],
		[1e3, "k"],
	];
	for (const [size, unit] of units) {
		// 999,950 would round to "1000k", so it moves to the next unit.
		if (n >= size * 0.9995) {
			const v = n / size;
			return `${v < 9.95 ? v.toFixed(1) : v.toFixed(0)}${unit}`;
		}
	}
	return n.toFixed(0);
}

/** 22016 → "22,016". */
export function count(n: number): string {
	return n.toLocaleString("en-US", { maximumFractionDigits: 0 });
}

/** Three significant digits: 310851 → "311,000". */
export function about(n: number): string {
	return count(Number(n.toPrecision(3)));
}

/** Two decimals; small losses keep two significant digits. */
export function loss(n: number): string {
	if (!Number.isFinite(n)) return "—";
	if (n === 0) return "0";
	if (Math.abs(n) >= 100) return n.toFixed(0);
	return Math.abs(n) >= 0.1 ? n.toFixed(2) : n.toPrecision(2);
}

/** Time left: 31 → "0:31", 725 → "12:05", 3723 → "1:02:03". */
export function clock(seconds: number): string {
	const s = Math.max(0, Math.round(seconds));
	const two = (n: number) => String(n).padStart(2, "0");
	const h = Math.floor(s / 3600);
	const m = Math.floor((s % 3600) / 60);
	return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** A fraction as a percentage: 0.008 → "0.8", 0.123 → "12". */
export function percent(share: number): string {
	const p = share * 100;
	return p >= 10 ? p.toFixed(0) : p >= 0.1 ? p.toFixed(1) : p.toPrecision(1);
}

/** A short date and time in the given language: "Nov 24, 04:55". */
export function dateTime(milliseconds: number, lang: string): string {
	return new Intl.DateTimeFormat(lang, {
		month: "short",
		day: "numeric",
		hour: "2-digit",
		minute: "2-digit",
		hourCycle: "h23",
	}).format(milliseconds);
}
