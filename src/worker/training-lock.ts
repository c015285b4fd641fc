// One training run per origin: two tabs would share one GPU and slow each other to a crawl. Held as a Web Lock, which
// also keeps Energy Saver from freezing a hidden tab that trains.
import { TabTuneError } from "../engine/errors.ts";

const NAME = "tabtune-training";

/** @throws TabTuneError "busy" when another tab trains. */
export function trainingLock<T>(work: () => Promise<T>): Promise<T> {
	return navigator.locks.request(NAME, { ifAvailable: true }, (lock) => {
		if (lock === null) {
			throw new TabTuneError("busy", {
				what: "another tab is training",
				where: "this browser",
				next: "stop the run there, or wait until it ends",
			});
		}
		return work();
	}) as Promise<T>;
}

/** Whether a run goes on in any tab of this origin. */
export async function someTabTrains(): Promise<boolean> {
	return ((await navigator.locks.query()).held ?? []).some(({ name }) => name === NAME);
}
