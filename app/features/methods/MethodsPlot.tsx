// Held-out loss against trainable parameters, one mark per method. The table next to it has the same values.
import { cx } from "class-variance-authority";
import type { MethodsTable } from "../../../src/engine/api.ts";
import { roundTicks } from "../../charts/ticks.ts";
import { type Translate, useT } from "../../i18n/index.ts";
import { compact } from "../../lib/format.ts";
import { spread } from "../../lib/statistics.ts";
import { panelStyle } from "../../ui/Panel.tsx";
import { methodName } from "./method-names.ts";

const WIDTH = 640;
const HEIGHT = 260;
const LEFT = 52;
const RIGHT = 150; // space for the last labels
const TOP = 12;
const BOTTOM = 36;

interface Mark {
	name: string;
	parameters: number;
	mean: number;
	deviation: number;
}

function marksOf(table: MethodsTable, t: Translate): Mark[] {
	return table.rows.flatMap(({ method, cost, runs }) => {
		const found = spread(runs.map((run) => run.evalLoss).filter((value) => value !== null));
		return cost === null || found === null
			? []
			: [
					{
						name: methodName(t, method),
						parameters: cost.trainableParameters,
						mean: found.mean,
						deviation: found.deviation ?? 0,
					},
				];
	});
}

export function MethodsPlot({ table }: { table: MethodsTable }) {
	const t = useT();
	const marks = marksOf(table, t);
	if (marks.length < 2) return null;
	const decades = [
		Math.floor(Math.log10(Math.min(...marks.map(({ parameters }) => parameters)))),
		Math.ceil(Math.log10(Math.max(...marks.map(({ parameters }) => parameters)) + 1)),
	];
	const lowest = Math.min(...marks.map(({ mean, deviation }) => mean - deviation));
	const highest = Math.max(...marks.map(({ mean, deviation }) => mean + deviation));
	const axis = roundTicks(lowest, highest);
	const x = (parameters: number) =>
		LEFT + ((Math.log10(parameters) - decades[0]) / (decades[1] - decades[0])) * (WIDTH - LEFT - RIGHT);
	const y = (value: number) => TOP + ((axis.high - value) / (axis.high - axis.low)) * (HEIGHT - TOP - BOTTOM);
	return (
		<figure className={cx(panelStyle, "[&_svg]:block [&_svg]:w-full [&_svg]:max-w-160")} aria-label={t("methods.plot")}>
			<figcaption className="help">{t("methods.plot")}</figcaption>
			<svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="presentation">
				{axis.values.map((value) => (
					<g key={value}>
						<line className="plot-grid" x1={LEFT} x2={WIDTH - RIGHT} y1={y(value)} y2={y(value)} />
						<text className="plot-tick" x={LEFT - 8} y={y(value) + 4} textAnchor="end">
							{value.toFixed(axis.decimals)}
						</text>
					</g>
				))}
				{Array.from({ length: decades[1] - decades[0] + 1 }, (_, i) => 10 ** (decades[0] + i)).map((value) => (
					<text key={value} className="plot-tick" x={x(value)} y={HEIGHT - BOTTOM + 16} textAnchor="middle">
						{compact(value)}
					</text>
				))}
				<text className="plot-tick" x={(LEFT + WIDTH - RIGHT) / 2} y={HEIGHT - 4} textAnchor="middle">
					{t("methods.plotX")}
				</text>
				{marks.map(({ name, parameters, mean, deviation }) => (
					<g key={name}>
						<line
							className="plot-bar"
							x1={x(parameters)}
							x2={x(parameters)}
							y1={y(mean - deviation)}
							y2={y(mean + deviation)}
						/>
						<circle className="plot-mark" cx={x(parameters)} cy={y(mean)} r={4} />
						<text className="plot-name" x={x(parameters) + 8} y={y(mean) + 4}>
							{name}
						</text>
					</g>
				))}
			</svg>
		</figure>
	);
}
