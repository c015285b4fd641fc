// Python's strftime in the C locale, for templates that write the current date. Unknown directives are unchanged.

const MONTHS = [
	"January",
	"February",
	"March",
	"April",
	"May",
	"June",
	"July",
	"August",
	"September",
	"October",
	"November",
	"December",
];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

export function strftime(date: Date, format: string): string {
	const pad = (value: number, width = 2) => String(value).padStart(width, "0");
	const hour12 = date.getHours() % 12 || 12;
	const parts: Record<string, string> = {
		Y: pad(date.getFullYear(), 4),
		y: pad(date.getFullYear() % 100),
		m: pad(date.getMonth() + 1),
		d: pad(date.getDate()),
		B: MONTHS[date.getMonth()],
		b: MONTHS[date.getMonth()].slice(0, 3),
		A: DAYS[date.getDay()],
		a: DAYS[date.getDay()].slice(0, 3),
		H: pad(date.getHours()),
		I: pad(hour12),
		M: pad(date.getMinutes()),
		S: pad(date.getSeconds()),
		p: date.getHours() < 12 ? "AM" : "PM",
		"%": "%",
	};
	return format.replace(/%([YymdBbAaHIMSp%])/g, (_, directive: string) => parts[directive]);
}
