// What training keeps in memory and what is stored afterwards: LoRA at the selected rank compared with all weights,
// computed from the shapes of the loaded model.

import { useEffect, useState } from "react";
import type { MethodShape, ShapeCost } from "../../../src/engine/api.ts";
import { formatBytes } from "../../../src/shared/format-bytes.ts";
import { useT } from "../../i18n/index.ts";
import { compact, count, percent } from "../../lib/format.ts";
import { Table } from "../../ui/Table.tsx";
import { useEngine } from "../model/store.ts";
import { useSettings } from "../settings/store.ts";
import { MOST_RANK, RankSetting } from "./RankSetting.tsx";
import { learnTexts } from "./texts.ts";

/** The cost of a method on the loaded model; null until known. */
function useCost(shape: MethodShape): ShapeCost | null {
	const api = useEngine((s) => s.api);
	const model = useEngine((s) => s.model);
	const [cost, setCost] = useState<ShapeCost | null>(null);
	const asked = JSON.stringify(shape);
	useEffect(() => {
		let active = true;
		if (api !== null && model !== null)
			void api.shapeCost(JSON.parse(asked)).then(
				(found) => active && setCost(found),
				() => active && setCost(null),
			);
		return () => {
			active = false;
		};
	}, [api, model, asked]);
	return cost;
}

export function CostStep() {
	const w = useT(learnTexts);
	const r = useSettings((s) => Math.min(MOST_RANK, s.settings.r));
	const lora = useCost({ method: "lora", r, modules: null });
	const full = useCost({ method: "full" });
	return (
		<>
			<p>{w("cost1")}</p>
			<RankSetting />
			{lora === null || full === null ? (
				<p className="help">{w("costNone")}</p>
			) : (
				<>
					<Table>
						<caption>{w("costTable")}</caption>
						<thead>
							<tr>
								<td />
								<th scope="col">{w("costLora", { r })}</th>
								<th scope="col">{w("costFull")}</th>
							</tr>
						</thead>
						<tbody>
							<Row name={w("costTrained")} of={[lora, full]} format={(c) => count(c.trainableParameters)} />
							<Row name={w("costGradients")} of={[lora, full]} format={(c) => formatBytes(c.gradientBytes)} />
							<Row name={w("costMoments")} of={[lora, full]} format={(c) => formatBytes(c.optimizerBytes)} />
						</tbody>
					</Table>
					<p>{w("costShare", { share: percent(lora.trainableParameters / full.trainableParameters) })}</p>
				</>
			)}
			<p>{w("cost2")}</p>
		</>
	);
}

function Row({ name, of, format }: { name: string; of: readonly ShapeCost[]; format(cost: ShapeCost): string }) {
	return (
		<tr>
			<th scope="row">{name}</th>
			{of.map((cost, i) => (
				<td key={i === 0 ? "lora" : "full"} className="num">
					{format(cost)}
				</td>
			))}
		</tr>
	);
}

export function StoredStep() {
	const w = useT(learnTexts);
	const r = useSettings((s) => Math.min(MOST_RANK, s.settings.r));
	const cost = useCost({ method: "lora", r, modules: null });
	const model = useEngine((s) => s.model);
	const adapter = useEngine((s) => s.adapter);
	return (
		<>
			<p>{w("stored1")}</p>
			<RankSetting />
			<div aria-live="polite">
				{cost === null || model === null ? (
					<p className="help">{w("costNone")}</p>
				) : (
					<>
						<p className="num">
							{w("storedSize", { adapter: formatBytes(cost.adapterBytes), base: formatBytes(model.weightBytes) })}
						</p>
						<p>{w("storedMany", { n: compact(Math.floor(model.weightBytes / cost.adapterBytes)) })}</p>
					</>
				)}
			</div>
			<p className="num">
				{adapter === null
					? w("storedNone")
					: w("storedOwn", { name: adapter.name, size: formatBytes(adapter.adapterBytes) })}
			</p>
		</>
	);
}
