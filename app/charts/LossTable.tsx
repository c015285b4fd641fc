// The loss curve as a table for screen readers: a few dozen rows, updated every two seconds.

import { useEffect, useState } from "react";
import type { Frame } from "../features/run/series.ts";
import { currentSeries, useRun } from "../features/run/store.ts";
import { useT } from "../i18n/index.ts";
import { loss } from "../lib/format.ts";

const ROWS = 30;
const PERIOD = 2000; // ms

export function LossTable() {
	const t = useT();
	const state = useRun((s) => s.state);
	const [frame, setFrame] = useState<Frame>(() => currentSeries().frame(ROWS));
	useEffect(() => {
		const look = () => setFrame(currentSeries().frame(ROWS));
		look();
		if (state !== "running") return;
		const timer = setInterval(look, PERIOD);
		return () => clearInterval(timer);
	}, [state]);
	if (frame.x.length === 0) return null;
	const cell = (value: number | null) => (value === null ? "" : loss(value));
	return (
		<div className="sr-only">
			<table>
				<caption>{t("chart.label")}</caption>
				<thead>
					<tr>
						<th scope="col">{t("chart.step")}</th>
						<th scope="col">{t("chart.raw")}</th>
						<th scope="col">{t("chart.smooth")}</th>
						<th scope="col">{t("chart.heldOut")}</th>
					</tr>
				</thead>
				<tbody>
					{frame.x.map((x, i) => (
						<tr key={x}>
							<th scope="row">{x}</th>
							<td>{cell(frame.raw[i])}</td>
							<td>{cell(frame.smooth[i])}</td>
							<td>{cell(frame.heldOut[i])}</td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}
