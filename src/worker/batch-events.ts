// Sends the events of a run or a race in batches, about every 100 ms, however fast the steps are.

const INTERVAL_MILLISECONDS = 100;

export class EventBatcher<Event> {
	private waiting: Event[] = [];
	private timer: ReturnType<typeof setTimeout> | null = null;

	constructor(private readonly send: (events: Event[]) => void) {}

	add(event: Event): void {
		this.waiting.push(event);
		this.timer ??= setTimeout(() => this.flush(), INTERVAL_MILLISECONDS);
	}

	/** Sends the pending events now: at the end of a run, before its promise resolves. */
	flush(): void {
		if (this.timer !== null) clearTimeout(this.timer);
		this.timer = null;
		if (this.waiting.length === 0) return;
		const events = this.waiting;
		this.waiting = [];
		this.send(events);
	}
}
