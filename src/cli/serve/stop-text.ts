// The text of an answer up to the first of its stop texts. Text that may be the start of a stop text is held back until
// more arrives.
export class StopText {
	private held = "";
	/** Whether a stop text has been found. */
	ended = false;

	constructor(private readonly stops: readonly string[]) {}

	/** The text that can be shown after `piece`. */
	push(piece: string): string {
		if (this.ended) return "";
		this.held += piece;
		const found = this.stops.map((stop) => this.held.indexOf(stop)).filter((at) => at >= 0);
		if (found.length > 0) {
			this.ended = true;
			return this.take(Math.min(...found));
		}
		return this.take(this.held.length - this.possible());
	}

	/** The rest, when the answer has ended. */
	flush(): string {
		return this.ended ? "" : this.take(this.held.length);
	}

	/** The length of the longest end of the text with which a stop text starts. */
	private possible(): number {
		let most = 0;
		for (const stop of this.stops)
			for (let length = Math.min(stop.length - 1, this.held.length); length > most; length--)
				if (this.held.endsWith(stop.slice(0, length))) most = length;
		return most;
	}

	private take(length: number): string {
		const text = this.held.slice(0, length);
		this.held = this.held.slice(length);
		return text;
	}
}
