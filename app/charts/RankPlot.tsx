// Held-out loss against rank, with error bars over the seeds. The table next to it has the same values.

import type { RankPoint } from "../features/rank-lab/race-store.ts";
import { useT } from "../i18n/index.ts";
import { roundTicks } from "./ticks.ts";

const WIDTH = 480;
const HEIGHT = 240;
const LEFT = 52;
const RIGHT = 24;
const TOP = 12;
const BOTTOM = 36;
/** Half the width of a bar's ends. */
const CAP = 5;

export function RankPlot({ points }: { points: readonly RankPoint[] }) {
	const t = useT();
	if (points.length < 2) return null;
	const shown = points.toSorted((a, b) => a.rank - b.rank);
	const logs = shown.map(({ rank }) => Math.log2(rank));
	const [first, last] = [Math.min(...logs), Math.max(...logs)];
	const lowest = Math.min(...shown.map(({ mean, deviation }) => mean - (deviation ?? 0)));
	const highest = Math.max(...shown.map(({ mean, deviation }) => mean + (deviation ?? 0)));
	const axis = roundTicks(lowest, highest);
	const x = (rank: number) => LEFT + 16 + ((Math.log2(rank) - first) / (last - first)) * (WIDTH - LEFT - RIGHT - 32);
	const y = (value: number) => TOP + ((axis.high - value) / (axis.high - axis.low)) * (HEIGHT - TOP - BOTTOM);
	return (
		<figure className="grid gap-3 [&_svg]:block [&_svg]:w-full [&_svg]:max-w-120" aria-label={t("race.plot")}>
			<figcaption className="help">{t("race.plot")}</figcaption>
			<svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="presentation">
				{axis.values.map((value) => (
					<g key={value}>
						<line className="plot-grid" x1={LEFT} x2={WIDTH - RIGHT} y1={y(value)} y2={y(value)} />
						<text className="plot-tick" x={LEFT - 8} y={y(value) + 4} textAnchor="end">
							{value.toFixed(axis.decimals)}
						</text>
					</g>
				))}
				<text className="plot-tick" x={(LEFT + WIDTH - RIGHT) / 2} y={HEIGHT - 4} textAnchor="middle">
					{t("race.plotX")}
				</text>
				<polyline className="rank-line" points={shown.map(({ rank, mean }) => `${x(rank)},${y(mean)}`).join(" ")} />
				{shown.map(({ rank, mean, deviation }) => (
					<g key={rank}>
						<text className="plot-tick" x={x(rank)} y={HEIGHT - BOTTOM + 16} textAnchor="middle">
							{rank}
						</text>
						{deviation !== null && (
							<path
								className="plot-bar fill-none"
								d={`M${x(rank)} ${y(mean - deviation)}V${y(mean + deviation)}M${x(rank) - CAP} ${y(mean - deviation)}h${2 * CAP}M${x(rank) - CAP} ${y(mean + deviation)}h${2 * CAP}`}
							/>
						)}
						<circle className="plot-mark" cx={x(rank)} cy={y(mean)} r={4} />
					</g>
				))}
			</svg>
		</figure>
	);
}
