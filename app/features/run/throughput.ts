// Speed and time left of a run. The speed is that of the last steps by the engine's training time. The time left counts what a
// person waits for: evaluations and answers too, but neither pauses nor the first step, which compiles.

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

	/** Milliseconds in steps, evaluations and answers since the first step, without pauses. */
	#active = 0;
	#since: number | null = null;
	#firstStep: number | null = null;
	#phase: { name: string; at: number } | null = null;
	readonly #took: Record<string, number> = {};

	/** A step ended at `now`, in milliseconds. */
	stepped(step: number, now: number): void {
		this.#firstStep ??= step;
		this.#count(now);
		this.#since = now;
	}

	paused(now: number): void {
		this.#count(now);
		this.#since = null;
	}

	resumed(now: number): void {
		if (this.#firstStep !== null) this.#since ??= now;
	}

	entered(name: string, now: number): void {
		if (this.#phase !== null) this.#took[this.#phase.name] = (now - this.#phase.at) / 1000;
		this.#phase = { name, at: now };
	}

	#count(now: number): void {
		if (this.#since !== null) this.#active += now - this.#since;
	}

	/** Seconds until the run ends: steps with the evaluations and answers between them, then the last of both. */
	secondsLeft(step: number, total: number): number | null {
		const steps = step - (this.#firstStep ?? step);
		if (steps < 1) return null;
		const { measuring = 0, sampling = 0 } = this.#took;
		return (this.#active / 1000 / steps) * Math.max(0, total - step) + measuring + sampling;
	}

	get tokensPerSecond(): number | null {
		const n = this.#elapsed.length;
		const span = n < 2 ? 0 : this.#elapsed[n - 1] - this.#elapsed[0];
		return span > 0 ? this.#tokens.slice(1).reduce((a, b) => a + b, 0) / span : null;
	}
}
