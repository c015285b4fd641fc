// A progress bar with its words; a total of 0 means that nobody knows how long it takes.

export function Meter({ label, done, total }: { label: string; done: number; total: number }) {
	return (
		<div className="meter">
			<span>{label}</span>
			<progress aria-label={label} value={total > 0 ? Math.min(done, total) : undefined} max={total > 0 ? total : undefined} />
		</div>
	);
}
