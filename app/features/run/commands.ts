// Commands of the run: start, pause, resume, stop.
import { Pause, Play, Square, StepForward } from "lucide-react";
import type { Command } from "../../lib/command.ts";
import { pauseRun, resumeRun, startBlocker, startRun, stopRun } from "./actions.ts";
import { useRun } from "./store.ts";

const inState = (...states: string[]): boolean => {
	const { state, stopping } = useRun.getState();
	return states.includes(state) && !stopping;
};

export const runCommands: readonly Command[] = [
	{
		id: "run.start",
		label: "run.start",
		group: "run.title",
		icon: Play,
		enabled: () => startBlocker() === null,
		perform: () => void startRun(false),
	},
	{
		id: "run.pause",
		label: "run.pause",
		group: "run.title",
		icon: Pause,
		enabled: () => inState("running"),
		perform: () => void pauseRun(),
	},
	{
		id: "run.resume",
		label: "run.resume",
		group: "run.title",
		icon: StepForward,
		enabled: () => inState("paused"),
		perform: () => void resumeRun(),
	},
	{
		id: "run.stop",
		label: "run.stop",
		group: "run.title",
		icon: Square,
		enabled: () => inState("running", "paused"),
		perform: () => void stopRun(),
	},
];
