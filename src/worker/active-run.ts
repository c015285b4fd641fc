// The current run or race. Only one trains at a time, in one tab.

import { RunControl } from "../engine/train/run.ts";
import { TabTuneError } from "../shared/errors.ts";
import { workerMessage } from "../shared/messages/index.ts";
import type { MessageText } from "../shared/messages/message.ts";
import { EventBatcher } from "./batch-events.ts";
import { trainingLock } from "./training-lock.ts";

export class ActiveRun {
	/** Null when nothing trains. */
	control: RunControl | null = null;
	/** Ids of the stored runs that train now: one, or one for each adapter slot of a race. */
	readonly storedIds = new Set<string>();

	/** @throws TabTuneError "busy" while a run trains @param what the action that must wait */
	refuse(what: MessageText): void {
		if (this.control === null) return;
		throw new TabTuneError("busy", {
			what: workerMessage("waiting", { action: what }),
			next: workerMessage("waiting.next"),
		});
	}

	/** Runs `work` as the only run of this browser; its events are sent in batches. */
	async exclusive<T, Event>(
		onEvents: (events: Event[]) => void,
		work: (control: RunControl, emit: (event: Event) => void) => Promise<T>,
	): Promise<T> {
		this.refuse(workerMessage("waiting.run"));
		const control = new RunControl();
		this.control = control;
		const events = new EventBatcher(onEvents);
		try {
			return await trainingLock(() => work(control, (event) => events.add(event)));
		} finally {
			events.flush();
			this.control = null;
			this.storedIds.clear();
		}
	}
}
