// Commands of the model.
import { Box } from "lucide-react";
import type { Command } from "../../lib/command.ts";
import { isBusy, useRun } from "../run/store.ts";
import { loadModel } from "./actions.ts";
import { useEngine } from "./store.ts";

export const modelCommands: readonly Command[] = [
	{
		id: "model.bundled",
		label: "model.bundled",
		group: "palette.page",
		icon: Box,
		enabled: () => {
			const { phase, source } = useEngine.getState();
			return phase === "ready" && source.kind !== "demo" && !isBusy(useRun.getState().state);
		},
		perform: () => void loadModel({ kind: "demo" }),
	},
];
