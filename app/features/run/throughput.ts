// Speed over the last steps, measured by the engine's training time, so that neither a pause nor a slow first step
// distorts the time left.

const WINDOW = 12; // steps

export class Pace {
	readonly #elapsed: number[] = [];
	readonly #tokens: number[] = [];

	/** `elapsed`: seconds of training including this step; `tokens`: trained tokens in this step. */
	push(elapsed: number, tokens: number): void {
		this.#elapsed.push(elapsed);
		this.#tokens.push(tokens);
		if (this.#elapsed.length > WINDOW) {
			this.#elapsed.shift();
			this.#tokens.shift();
		}
	}

	/** Null until two steps are known. */
	get secondsPerStep(): number | null {
		const n = this.#elapsed.length;
		return n < 2 ? null : (this.#elapsed[n - 1] - this.#elapsed[0]) / (n - 1);
	}

	get tokensPerSecond(): number | null {
		const n = this.#elapsed.length;
		const span = n < 2 ? 0 : this.#elapsed[n - 1] - this.#elapsed[0];
		return span > 0 ? this.#tokens.slice(1).reduce((a, b) => a + b, 0) / span : null;
	}
}
