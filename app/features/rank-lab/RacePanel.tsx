// The race in the rank lab: ranks and seeds, progress, live curves, results.
import { useEffect } from "react";
import { RaceChart } from "../../charts/RaceChart.tsx";
import { RankPlot } from "../../charts/RankPlot.tsx";
import { useEngineText } from "../../i18n/engine-text.ts";
import { useT } from "../../i18n/index.ts";
import { clock } from "../../lib/format.ts";
import { Button } from "../../ui/Button.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { Progress } from "../../ui/Input.tsx";
import { ListField } from "../../ui/ListField.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { readSeeds } from "../methods/store.ts";
import { lengthText } from "../run/length-text.ts";
import { useStartBlocker } from "../run/useStartBlocker.ts";
import { useSettings } from "../settings/store.ts";
import { RaceResults } from "./RaceResults.tsx";
import { openRace, startRace, stopRace } from "./race-actions.ts";
import { keepRace, rankPoints, readRanks, secondsLeft, useRace } from "./race-store.ts";

export function RacePanel() {
	const t = useT();
	const said = useEngineText();
	const { error, notes, slots, table } = useRace();
	useEffect(openRace, []);
	const ranks = [...new Set(slots.map(({ rank }) => rank))].sort((a, b) => a - b);
	return (
		<Panel aria-label={t("race.title")}>
			<h2>{t("race.title")}</h2>
			<p className="help">{t("race.intro")}</p>
			{error !== null && (
				<ErrorNote error={error} actions={[{ label: "error.dismiss", run: () => useRace.setState({ error: null }) }]} />
			)}
			{notes.map((note) => (
				<p key={JSON.stringify(note)} className="problem">
					{said(note)}
				</p>
			))}
			<Choice />
			<Bar />
			<UnderWay />
			{slots.length > 0 && (
				<div className="grid grid-cols-[repeat(auto-fit,minmax(min(100%,400px),1fr))] items-start gap-4">
					<RaceChart ranks={ranks} />
					<RankPlot points={rankPoints({ table, slots })} />
				</div>
			)}
			<Retired />
			{table !== null && <RaceResults table={table} />}
		</Panel>
	);
}

function Choice() {
	const t = useT();
	const { ranks, seeds, running } = useRace();
	return (
		<fieldset
			className="grid max-w-200 grid-cols-[repeat(auto-fit,minmax(240px,1fr))] items-start gap-x-4 gap-y-2"
			disabled={running !== null}
		>
			<legend className="sr-only">{t("race.choose")}</legend>
			<ListField
				label={t("race.ranks")}
				help={t(readRanks(ranks) === null ? "race.ranksBad" : "race.ranksHelp")}
				invalid={readRanks(ranks) === null}
				value={ranks}
				onChange={(text) => useRace.setState({ ranks: text })}
				onBlur={keepRace}
			/>
			<ListField
				label={t("methods.seeds")}
				help={t(readSeeds(seeds) === null ? "methods.seedsBad" : "race.seedsHelp")}
				invalid={readSeeds(seeds) === null}
				value={seeds}
				onChange={(text) => useRace.setState({ seeds: text })}
				onBlur={keepRace}
			/>
		</fieldset>
	);
}

function Bar() {
	const t = useT();
	const blocker = useStartBlocker();
	const race = useRace();
	const settings = useSettings((s) => s.settings);
	const [ranks, seeds] = [readRanks(race.ranks), readSeeds(race.seeds)];
	if (race.running !== null)
		return (
			<div className="flex flex-wrap items-center gap-2">
				<Button disabled={race.stopping} onClick={() => void stopRace()}>
					{t("race.stop")}
				</Button>
			</div>
		);
	const valid = ranks !== null && seeds !== null;
	return (
		<div className="flex flex-wrap items-center gap-2">
			<Button kind="primary" disabled={blocker !== null || !valid} onClick={() => void startRace()}>
				{t("race.start")}
			</Button>
			{valid && (
				<span className="help num">
					{t("race.plan", { n: ranks.length, length: lengthText(t, settings), heats: seeds.length })}
				</span>
			)}
		</div>
	);
}

function UnderWay() {
	const t = useT();
	const running = useRace((s) => s.running);
	if (running === null) return null;
	const { heat, heats, seed, step, totalSteps } = running;
	const left = secondsLeft(running);
	return (
		<div className="grid gap-3">
			<Progress value={heat * totalSteps + step} max={Math.max(1, heats * totalSteps)} aria-label={t("race.title")} />
			<p className="help num">
				{seed === null
					? t("race.preparing")
					: t("race.running", { heat: heat + 1, heats, seed, step, total: totalSteps })}
				{left !== null && ` · ${t("run.left", { time: clock(left) })}`}
			</p>
		</div>
	);
}

/** Slots that were stopped because their loss was not finite, during the race and after it. */
function Retired() {
	const t = useT();
	const slots = useRace((s) => s.slots);
	return slots
		.filter(({ retired }) => retired)
		.map(({ rank, seed }) => (
			<p key={`${rank} ${seed}`} className="problem">
				{t("race.retired", { rank, seed })}
			</p>
		));
}
