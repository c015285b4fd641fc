// All adapter slots of a race in one chart: smoothed training loss or held-out loss, one colour and dash per rank. It reads
// the curves a few times a second and redraws itself; React only mounts it.
import { useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import { raceCurves, useRace } from "../features/rank-lab/race-store.ts";
import { type Translate, useT } from "../i18n/index.ts";
import { loss } from "../lib/format.ts";
import { Button } from "../ui/Button.tsx";
import { DASHES, keepDrawn, lossAxes, token, useMounted } from "./curves.ts";

const HEIGHT = 240;
const PERIOD = 250; // ms between repaints
/** Points drawn per slot; there are up to eight. */
const MOST_POINTS = 400;

const KINDS = ["train", "heldOut"] as const;
type Kind = (typeof KINDS)[number];

const COLOURS = 8;

/** How a rank is drawn: one of eight colours, spread over the race's ranks, and one of four dashes. */
function styleOf(ranks: readonly number[], rank: number): { colour: number; dash: number } {
	const place = ranks.indexOf(rank);
	// The last colour resembles the first, so it is used only if all are needed.
	const last = ranks.length < COLOURS ? COLOURS - 2 : COLOURS - 1;
	const spread = Math.round((place * last) / Math.max(1, ranks.length - 1));
	return { colour: spread + 1, dash: place % DASHES.length };
}

export function RaceChart({ ranks }: { ranks: readonly number[] }) {
	const t = useT();
	const [kind, setKind] = useState<Kind>("train");
	const key = useRace((s) => s.slots.map(({ rank, seed }) => `${rank} ${seed}`).join());
	// A race with other ranks or seeds needs a new chart.
	const of = useMemo(() => [t, kind, key], [t, kind, key]);
	const readout = useRef<HTMLParagraphElement>(null);
	const host = useMounted((element, say) => mountChart(element, say, t, ranks, kind), of, readout);
	return (
		<figure className="relative min-w-0" aria-label={t("race.chart")}>
			<figcaption className="flex min-h-5 flex-wrap justify-between gap-x-4 gap-y-1 text-xs text-muted-foreground">
				<ul className="flex flex-wrap gap-x-4 gap-y-1">
					{ranks.map((rank) => {
						const { colour, dash } = styleOf(ranks, rank);
						return (
							<li key={rank} className={`legend-line series-${colour} dash-${dash} flex items-center gap-1.5`}>
								r = {rank}
							</li>
						);
					})}
				</ul>
				<span className="flex flex-wrap items-center gap-1">
					{KINDS.map((name) => (
						<Button
							key={name}
							kind="quiet"
							className="aria-pressed:bg-accent aria-pressed:text-primary"
							aria-pressed={kind === name}
							onClick={() => setKind(name)}
						>
							{t(`race.${name}`)}
						</Button>
					))}
				</span>
			</figcaption>
			<div ref={host} className="h-60 overflow-hidden" aria-hidden="true" />
			<p ref={readout} className="num min-h-4.5 text-xs text-muted-foreground" aria-hidden="true" />
		</figure>
	);
}

/** Builds the chart in `element` and updates it. Returns a function that removes it. */
function mountChart(
	element: HTMLDivElement,
	say: (text: string) => void,
	t: Translate,
	ranks: readonly number[],
	kind: Kind,
): () => void {
	const { slots } = useRace.getState();
	const chart = new uPlot(
		{
			width: Math.max(200, element.clientWidth),
			height: HEIGHT,
			legend: { show: false },
			cursor: { y: false, points: { size: 6 } },
			scales: {
				x: {
					time: false,
					range: (_u, _min, max) => [0, Math.max(1, max ?? 0, useRace.getState().running?.totalSteps ?? 0)],
				},
			},
			axes: lossAxes(),
			series: [
				{},
				...slots.map(({ rank }) => {
					const drawn = styleOf(ranks, rank);
					const stroke = token(`--series-${drawn.colour}`);
					const points = { show: kind === "heldOut", size: 5, fill: stroke };
					return { stroke, width: 1.75, dash: DASHES[drawn.dash], spanGaps: true, points };
				}),
			],
			hooks: { setCursor: [(u) => say(describeStep(u, t))] },
		},
		[[], ...slots.map(() => [])],
		element,
	);
	let painted = -1;
	const draw = () => {
		const curves = raceCurves();
		const version = curves.reduce((sum, series) => sum + series.version, 0);
		if (version === painted || curves.length !== slots.length || curves.length === 0) return;
		painted = version;
		const tables = curves.map((series): uPlot.AlignedData => {
			const frame = series.frame(MOST_POINTS);
			return [frame.x, kind === "train" ? frame.smooth : frame.heldOut];
		});
		chart.setData(uPlot.join(tables));
	};
	return keepDrawn(chart, element, { draw, period: PERIOD, height: HEIGHT });
}

/** The text for the step under the cursor, or "". */
function describeStep(u: uPlot, t: Translate): string {
	const i = u.cursor.idx;
	if (i === null || i === undefined || u.data[0][i] === undefined) return "";
	const { slots } = useRace.getState();
	const values = slots.flatMap(({ rank }, slot) => {
		const value = u.data[slot + 1]?.[i];
		return value === null || value === undefined ? [] : [`r ${rank} ${loss(value)}`];
	});
	return [`${t("chart.step")} ${u.data[0][i]}`, ...values].join(" · ");
}
