// Ends a run after its step when the process is asked to end: Ctrl-C, a batch system's time limit, a closed terminal.
import type { RunControl } from "../engine/train/run.ts";
import { say } from "./output.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The first signal stops the run; the same one again ends the process. @returns removes the handlers */
export function stopOnSignal(control: RunControl, kept: string): () => void {
	const stop = () => {
		say(`stopping after this step; ${kept}`);
		control.stop();
	};
	for (const signal of SIGNALS) process.once(signal, stop);
	return () => {
		for (const signal of SIGNALS) process.removeListener(signal, stop);
	};
}
