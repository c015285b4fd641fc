// Sizes in bytes as text, for the page, the command and messages.

/** Decimal units: 92160 → "92 KB", 41e6 → "41 MB". */
export function formatBytes(n: number): string {
	if (n < 1000) return `${n.toFixed(0)} B`;
	const units = ["KB", "MB", "GB", "TB"];
	let v = n / 1000;
	let i = 0;
	while (v >= 999.5 && i < units.length - 1) {
		v /= 1000;
		i++;
	}
	return `${v < 9.95 ? v.toFixed(1) : v.toFixed(0)} ${units[i]}`;
}

const MIB = 2 ** 20;

/** Binary units, rounded up, for GPU memory: 3e6 → "3 MiB". */
export const formatMebibytes = (n: number): string => `${Math.ceil(n / MIB)} MiB`;
