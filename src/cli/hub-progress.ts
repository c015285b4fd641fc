// Prints the progress of a download to stderr.
import type { HubProgress } from "../engine/api.ts";
import { formatBytes } from "../shared/format-bytes.ts";
import { say } from "./output.ts";

export const sayWait = (ms: number): void => say(`waiting ${Math.ceil(ms / 1000)} s before the next attempt`);

/** Prints a line to stderr for each tenth, and before a pause. */
export function progress(): (progress: HubProgress) => void {
	let printed = 0;
	return ({ done, total, file, retryMilliseconds }) => {
		if (retryMilliseconds > 0) return sayWait(retryMilliseconds);
		const tenth = Math.floor((10 * done) / total);
		if (tenth <= printed) return;
		printed = tenth;
		say(`${tenth * 10} %: ${formatBytes(done)} of ${formatBytes(total)} (${file})`);
	};
}
