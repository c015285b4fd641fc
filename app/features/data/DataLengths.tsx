// A histogram of row lengths with a mark at max_length; a table with the same numbers for screen readers.

import { memo } from "react";
import type { LengthHistogram } from "../../../src/engine/api.ts";
import { useT } from "../../i18n/index.ts";
import { count } from "../../lib/format.ts";

const BAR = 10;
const HEIGHT = 40;

export const DataLengths = memo(function DataLengths({ lengths }: { lengths: LengthHistogram }) {
	const t = useT();
	const { width, counts, longest, max_length } = lengths;
	const most = Math.max(1, ...counts);
	const end = counts.length * BAR;
	const limit = (max_length / width) * BAR;
	const bins = counts.map((rows, i) => ({ from: i * width, rows, past: i * width >= max_length }));
	const open = longest >= counts.length * width;
	const labels = [t("data.lengthsLongest", { n: count(longest) }), t("data.lengthsLimit", { n: count(max_length) })];
	return (
		<figure className="lengths">
			<figcaption className="flex flex-wrap justify-between gap-x-2">
				<h3>{t("data.lengths")}</h3>
				<span className="help num">{labels.join(" · ")}</span>
			</figcaption>
			<svg
				viewBox={`0 0 ${end} ${HEIGHT}`}
				preserveAspectRatio="none"
				aria-hidden="true"
				className="mt-1 block h-10 w-full border-b border-input [&_line]:stroke-warning [&_line]:[stroke-dasharray:3_2] [&_line]:[stroke-width:1.5]"
			>
				{bins.map(({ from, rows, past }) => {
					// At least one pixel high, so that one row among thousands is visible.
					const height = rows === 0 ? 0 : Math.max(1.5, (rows / most) * (HEIGHT - 2));
					const x = (from / width) * BAR;
					return (
						<rect
							key={from}
							className={past ? "fill-warning" : "fill-primary-faint"}
							x={x + 0.75}
							y={HEIGHT - height}
							width={BAR - 1.5}
							height={height}
						/>
					);
				})}
				{limit <= end && <line x1={limit} x2={limit} y1={0} y2={HEIGHT} vectorEffect="non-scaling-stroke" />}
			</svg>
			<p className="help num flex justify-between gap-2" aria-hidden="true">
				<span>0</span>
				<span>{open ? `${count((counts.length - 1) * width)}+` : count(counts.length * width)}</span>
			</p>
			<table className="sr-only">
				<caption>{t("data.lengthsTable")}</caption>
				<tbody>
					{bins
						.filter(({ rows }) => rows > 0)
						.map(({ from, rows }) => (
							<tr key={from}>
								<th scope="row">
									{open && from === (counts.length - 1) * width
										? t("data.lengthsBeyond", { from: count(from) })
										: t("data.lengthsFrom", { from: count(from), to: count(from + width - 1) })}
								</th>
								<td>{count(rows)}</td>
							</tr>
						))}
				</tbody>
			</table>
		</figure>
	);
});
