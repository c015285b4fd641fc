// The Methods tab: which methods to compare, the table as it fills, a plot of it, and sample answers.
import { useEffect } from "react";
import { useT } from "../../i18n/index.ts";
import { AnswerGrid } from "../../ui/AnswerGrid.tsx";
import { Button } from "../../ui/Button.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { Input, Progress } from "../../ui/Input.tsx";
import { ListField } from "../../ui/ListField.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { useData } from "../data/store.ts";
import { useEngine } from "../model/store.ts";
import { lengthText } from "../run/length-text.ts";
import { useStartBlocker } from "../run/useStartBlocker.ts";
import { useSettings } from "../settings/store.ts";
import { compareMethods, openMethods, resumeComparing, stopComparing } from "./actions.ts";
import { MethodsPlot } from "./MethodsPlot.tsx";
import { MethodsTable } from "./MethodsTable.tsx";
import { methodName, methodWhat } from "./method-names.ts";
import { keepMethods, readSeeds, useMethods } from "./store.ts";

export function MethodsPanel() {
	const t = useT();
	const phase = useEngine((s) => s.phase);
	const error = useMethods((s) => s.error);
	const table = useMethods((s) => s.table);
	useEffect(() => {
		if (phase === "ready") void openMethods();
	}, [phase]);
	return (
		<div className="grid gap-3">
			<Panel aria-label={t("methods.title")}>
				<h2>{t("methods.title")}</h2>
				<p className="help">{t("methods.intro")}</p>
				{error !== null && (
					<ErrorNote
						error={error}
						actions={[{ label: "error.dismiss", run: () => useMethods.setState({ error: null }) }]}
					/>
				)}
				<Choice />
				<Bar />
				<UnderWay />
			</Panel>
			{table === null || table.rows.length === 0 ? (
				<p className="help px-1">{t("methods.empty")}</p>
			) : (
				<>
					<MethodsTable table={table} />
					<MethodsPlot table={table} />
					<Samples />
				</>
			)}
		</div>
	);
}

function Choice() {
	const t = useT();
	const { known, chosen, seeds, running } = useMethods();
	const bad = readSeeds(seeds) === null;
	const toggle = (name: string, on: boolean) => {
		useMethods.setState({ chosen: on ? [...chosen, name] : chosen.filter((other) => other !== name) });
		keepMethods();
	};
	return (
		<fieldset className="grid gap-3" disabled={running !== null}>
			<legend className="sr-only">{t("methods.choose")}</legend>
			<div className="grid grid-cols-[repeat(auto-fill,minmax(260px,1fr))] gap-x-4 gap-y-2 [&_.help]:block">
				{known.map(({ name, learningRateScale, source }) => (
					<label key={name} className="flex items-start gap-2 text-sm *:first:mt-0.5">
						<Input
							type="checkbox"
							checked={chosen.includes(name)}
							onChange={(event) => toggle(name, event.target.checked)}
						/>
						<span>
							{methodName(t, name)}
							<span className="help">
								{methodWhat(t, name)} <Sources text={source} />
								{learningRateScale !== 1 && (
									<span className="block">{t("methods.rateNote", { n: learningRateScale })}</span>
								)}
							</span>
						</span>
					</label>
				))}
			</div>
			<ListField
				label={t("methods.seeds")}
				help={t(bad ? "methods.seedsBad" : "methods.seedsHelp")}
				invalid={bad}
				value={seeds}
				className="max-w-100"
				onChange={(text) => useMethods.setState({ seeds: text })}
				onBlur={keepMethods}
			/>
		</fieldset>
	);
}

/** "arXiv 2106.09685, 2104.08691": breaks only between papers. */
function Sources({ text }: { text: string }) {
	return text.split(", ").map((source, i) => (
		<span key={source} className="num">
			{i > 0 && ", "}
			<span className="whitespace-nowrap">{source}</span>
		</span>
	));
}

function Bar() {
	const t = useT();
	const blocker = useStartBlocker();
	const { chosen, seeds, running, queue, table, stopping } = useMethods();
	const data = useData((s) => s.source?.name ?? null);
	const settings = useSettings((s) => s.settings);
	const seedList = readSeeds(seeds);
	if (running !== null)
		return (
			<div className="flex flex-wrap items-center gap-2">
				<Button disabled={stopping} onClick={() => void stopComparing()}>
					{t("methods.stop")}
				</Button>
			</div>
		);
	const sameData = table === null || table.data.train === data;
	return (
		<div className="flex flex-wrap items-center gap-2">
			<Button
				kind="primary"
				disabled={blocker !== null || chosen.length === 0 || seedList === null}
				onClick={() => void compareMethods()}
			>
				{t("methods.start")}
			</Button>
			{seedList !== null && (
				<span className="help num">
					{t("methods.runs", { n: chosen.length * seedList.length, length: lengthText(t, settings) })}
				</span>
			)}
			{queue.length > 0 && table !== null && (
				<>
					<Button disabled={blocker !== null || !sameData} onClick={() => void resumeComparing()}>
						{t("methods.resume", { n: queue.length })}
					</Button>
					{!sameData && <span className="problem">{t("methods.otherData", { data: table.data.train })}</span>}
				</>
			)}
		</div>
	);
}

function UnderWay() {
	const t = useT();
	const running = useMethods((s) => s.running);
	const left = useMethods((s) => s.queue.length);
	if (running === null) return null;
	const { method, seed, step, totalSteps } = running;
	const text = t("methods.running", {
		method: methodName(t, method),
		seed,
		step,
		total: totalSteps,
		left: Math.max(0, left - 1),
	});
	return (
		<div className="grid gap-3">
			<Progress value={step} max={totalSteps} aria-label={t("methods.title")} />
			<p className="help num">{text}</p>
		</div>
	);
}

/** Each method's answer to the Workspace's prompt, from its first run. */
function Samples() {
	const t = useT();
	const rows = useMethods((s) => s.table?.rows ?? []);
	const answers = rows.flatMap(({ method, runs }) => {
		const sample = runs[0]?.sample ?? null;
		return sample === null ? [] : [{ method, ...sample }];
	});
	if (answers.length === 0) return null;
	return (
		<Panel aria-label={t("methods.sample", { prompt: answers[0].prompt })}>
			<h2>{t("methods.sample", { prompt: answers[0].prompt })}</h2>
			<AnswerGrid answers={answers.map(({ method, text }) => ({ key: method, name: methodName(t, method), text }))} />
		</Panel>
	);
}
