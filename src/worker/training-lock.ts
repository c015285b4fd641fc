// Allows one training run per origin, because two tabs would slow each other down on one GPU. It is a Web Lock, which also
// keeps Energy Saver from freezing a hidden tab that trains.
import { TabTuneError } from "../shared/errors.ts";
import { workerMessage } from "../shared/messages/index.ts";

const NAME = "tabtune-training";

/** @throws TabTuneError "busy" when another tab trains. */
export async function trainingLock<T>(work: () => Promise<T>): Promise<T> {
	if ((await heldLocks()) === null) return work();
	return navigator.locks.request(NAME, { ifAvailable: true }, (lock) => {
		if (lock === null) {
			throw new TabTuneError("busy", {
				what: workerMessage("otherTab"),
				where: workerMessage("otherTab.where"),
				next: workerMessage("otherTab.next"),
			});
		}
		return work();
	}) as Promise<T>;
}

/** Whether any tab of this origin is training. */
export async function someTabTrains(): Promise<boolean> {
	return ((await heldLocks()) ?? []).some(({ name }) => name === NAME);
}

/**
 * Null in Node, and if the browser blocks locks together with site data: such a tab trains without checking other tabs.
 */
async function heldLocks(): Promise<LockInfo[] | null> {
	if (globalThis.navigator?.locks === undefined) return null;
	try {
		return (await navigator.locks.query()).held ?? [];
	} catch (error) {
		if (error instanceof DOMException && error.name === "SecurityError") return null;
		throw error;
	}
}
