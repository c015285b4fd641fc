// One command for each set of the gallery.
import { BookOpen } from "lucide-react";
import type { Command } from "../../lib/command.ts";
import { isBusy, useRun } from "../run/store.ts";
import { chooseSet } from "./actions.ts";
import { useData } from "./store.ts";

export const dataCommands = (): readonly Command[] =>
	useData.getState().gallery.map((set) => ({
		id: `data.${set.id}`,
		label: set.title,
		group: "data.gallery",
		icon: BookOpen,
		enabled: () => !isBusy(useRun.getState().state),
		perform: () => void chooseSet(set),
	}));
