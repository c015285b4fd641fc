// Switches between the best and the last weights of the run that has ended; exports and answers use the selected ones. Loaded with
// the result of a run.
import { compareSides } from "../compare/actions.ts";
import { setAdapter, useEngine } from "../model/store.ts";
import { useRun } from "./store.ts";

export async function selectWeights(which: "best" | "last"): Promise<void> {
	const { api } = useEngine.getState();
	if (api === null) return;
	setAdapter(await api.selectWeights(which));
	useRun.setState(({ summary }) => {
		if (summary?.best === undefined) return {};
		const { loadedStep: _before, ...others } = summary;
		const step = summary.best.best_global_step;
		return { summary: which === "best" && step !== summary.steps ? { ...others, loadedStep: step } : others };
	});
	await compareSides();
}
