// Commands of the comparison.
import { MessageSquare } from "lucide-react";
import type { Command } from "../../lib/command.ts";
import { useEngine } from "../model/store.ts";
import { isBusy, useRun } from "../run/store.ts";
import { compareSides } from "./actions.ts";

export const compareCommands: readonly Command[] = [
	{
		id: "compare.generate",
		label: "compare.generate",
		group: "run.title",
		icon: MessageSquare,
		enabled: () => useEngine.getState().phase === "ready" && !isBusy(useRun.getState().state),
		perform: () => void compareSides(),
	},
];
