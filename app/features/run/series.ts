// The curves of one run in typed arrays, outside React: the worker's events are appended, and charts read them at their
// own pace.

/** A growing list of numbers; its capacity doubles. */
class Column {
	#data = new Float64Array(256);
	length = 0;

	push(value: number): void {
		if (this.length === this.#data.length) {
			const bigger = new Float64Array(this.#data.length * 2);
			bigger.set(this.#data);
			this.#data = bigger;
		}
		this.#data[this.length++] = value;
	}

	at(i: number): number {
		return this.#data[i];
	}
}

/** Columns of equal length for the chart; null where a series has no point. */
export interface Frame {
	x: number[];
	raw: (number | null)[];
	smooth: (number | null)[];
	heldOut: (number | null)[];
	gradNorm: (number | null)[];
	learningRate: (number | null)[];
	score: (number | null)[];
}

/** Decay of the smoothed loss: about the last ten steps count. */
const BETA = 0.9;

export class RunSeries {
	readonly step = new Column();
	readonly loss = new Column();
	readonly smooth = new Column();
	readonly gradNorm = new Column();
	readonly learningRate = new Column();
	readonly evalStep = new Column();
	readonly evalLoss = new Column();
	readonly evalScore = new Column();
	/** The step of the best evaluation; null if the run asks for none. */
	best: number | null = null;
	#mean = 0;
	#weight = 0;
	/** Incremented with every change, so that readers know when to redraw. */
	version = 0;

	pushStep(step: number, loss: number, gradNorm: number, learningRate: number): void {
		this.step.push(step);
		this.loss.push(loss);
		// Exponential mean with bias correction, as in Adam; NaN is skipped.
		if (Number.isFinite(loss)) {
			this.#mean = BETA * this.#mean + (1 - BETA) * loss;
			this.#weight = BETA * this.#weight + (1 - BETA);
		}
		this.smooth.push(this.#weight > 0 ? this.#mean / this.#weight : Number.NaN);
		this.gradNorm.push(gradNorm);
		this.learningRate.push(learningRate);
		this.version++;
	}

	pushEval(step: number, loss: number, score = Number.NaN): void {
		this.evalStep.push(step);
		this.evalLoss.push(loss);
		this.evalScore.push(score);
		this.version++;
	}

	/**
	 * At most about `maxPoints` columns: long runs keep the lowest and the highest raw loss of every bucket, so
	 * that no spike is lost. Held-out points are never dropped.
	 */
	frame(maxPoints = 2000): Frame {
		const keep = this.#keep(maxPoints);
		const out: Frame = { x: [], raw: [], smooth: [], heldOut: [], gradNorm: [], learningRate: [], score: [] };
		const value = (n: number) => (Number.isFinite(n) ? n : null);
		/** @param i index of the step, and e of the evaluation; null without one */
		const put = (x: number, i: number | null, e: number | null) => {
			out.x.push(x);
			out.raw.push(i === null ? null : value(this.loss.at(i)));
			out.smooth.push(i === null ? null : value(this.smooth.at(i)));
			out.gradNorm.push(i === null ? null : value(this.gradNorm.at(i)));
			out.learningRate.push(i === null ? null : value(this.learningRate.at(i)));
			out.heldOut.push(e === null ? null : value(this.evalLoss.at(e)));
			out.score.push(e === null ? null : value(this.evalScore.at(e)));
		};
		let e = 0;
		for (const i of keep) {
			const x = this.step.at(i);
			while (e < this.evalStep.length && this.evalStep.at(e) < x) {
				put(this.evalStep.at(e), null, e);
				e++;
			}
			let held: number | null = null;
			while (e < this.evalStep.length && this.evalStep.at(e) === x) held = e++;
			put(x, i, held);
		}
		for (; e < this.evalStep.length; e++) put(this.evalStep.at(e), null, e);
		return out;
	}

	/** Indices of the steps to draw, in order. */
	#keep(maxPoints: number): number[] {
		const n = this.step.length;
		if (n <= maxPoints) return Array.from({ length: n }, (_, i) => i);
		const buckets = Math.max(1, Math.floor(maxPoints / 2));
		const out: number[] = [];
		for (let b = 0; b < buckets; b++) {
			const from = Math.floor((b * n) / buckets);
			const to = Math.floor(((b + 1) * n) / buckets);
			let low = from;
			let high = from;
			for (let i = from; i < to; i++) {
				if (this.loss.at(i) < this.loss.at(low)) low = i;
				if (this.loss.at(i) > this.loss.at(high)) high = i;
			}
			if (low === high) out.push(low);
			else out.push(Math.min(low, high), Math.max(low, high));
		}
		return out;
	}
}
