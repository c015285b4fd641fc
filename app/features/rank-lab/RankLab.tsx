// The Rank lab tab: race, recommended rank, spectrum, cut, overlap, calculator.
import { useEffect } from "react";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { useEngine } from "../model/store.ts";
import { isBusy, useRun } from "../run/store.ts";
import { endCut, openSpectrum } from "./actions.ts";
import { RacePanel } from "./RacePanel.tsx";
import { RankAdvisor } from "./RankAdvisor.tsx";
import { RankCalculator } from "./RankCalculator.tsx";
import { RankCutter } from "./RankCutter.tsx";
import { RankOverlap } from "./RankOverlap.tsx";
import { RankSpectrum } from "./RankSpectrum.tsx";
import { useRank } from "./store.ts";

export function RankLab() {
	const ready = useEngine((s) => s.phase === "ready");
	const adapter = useEngine((s) => s.adapter);
	const busy = useRun((s) => isBusy(s.state));
	const error = useRank((s) => s.error);
	// Another adapter in memory has another spectrum.
	// biome-ignore lint/correctness/useExhaustiveDependencies: reads the spectrum again when the adapter changes
	useEffect(() => {
		if (ready && !busy) void openSpectrum();
	}, [ready, busy, adapter]);
	// The other tabs use the full adapter.
	useEffect(() => () => void endCut(), []);
	return (
		<div className="grid gap-3">
			{error !== null && (
				<ErrorNote error={error} actions={[{ label: "error.dismiss", run: () => useRank.setState({ error: null }) }]} />
			)}
			<RacePanel />
			<RankSpectrum />
			<RankCutter />
			<RankOverlap />
			<RankAdvisor />
			<RankCalculator />
		</div>
	);
}
