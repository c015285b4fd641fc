// The overlap of two adapters' directions as a heat map, next to that of random directions.
import { useEffect, useRef } from "react";
import type { OverlapSide } from "../../../src/engine/api.ts";
import { useT } from "../../i18n/index.ts";
import { paint } from "../../lib/paint.ts";
import { Button } from "../../ui/Button.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { SelectField } from "../../ui/SelectField.tsx";
import { useEngine } from "../model/store.ts";
import { useRunInMemory } from "../run/run-list.ts";
import { useRuns } from "../run/runs-store.ts";
import { isBusy, useRun } from "../run/store.ts";
import { useUi } from "../workspace/store.ts";
import { compareSubspaces } from "./actions.ts";
import { useRank } from "./store.ts";

const SIDES: readonly OverlapSide[] = ["A", "left", "right"];

export function RankOverlap() {
	const t = useT();
	const chosen = useRank((s) => s.sides);
	const overlap = useRank((s) => s.overlap);
	const adapter = useEngine((s) => s.adapter !== null);
	const busy = useRun((s) => isBusy(s.state));
	const records = useRuns((s) => s.records);
	const inMemory = useRunInMemory();
	const kept = records.filter(({ deleted, checkpoint }) => !deleted && checkpoint !== null);
	const options = [
		...(adapter ? [{ value: "memory", text: t("rank.inMemory") }] : []),
		...kept.map(({ id, name }) => ({ value: id, text: name })),
	];
	if (options.length === 0) return null;
	const other = kept.find(({ id }) => id !== inMemory?.id)?.id ?? options[0].value;
	const sides = { ...chosen, first: chosen.first ?? options[0].value, second: chosen.second ?? other };
	const set = (part: Partial<typeof sides>) => useRank.setState({ sides: { ...chosen, ...part }, overlap: null });
	return (
		<Panel aria-label={t("rank.overlap")}>
			<h2>{t("rank.overlap")}</h2>
			<p className="help">{t("rank.overlapHelp")}</p>
			<div className="flex flex-wrap items-end gap-2">
				<SelectField
					label={t("rank.first")}
					value={sides.first}
					options={options}
					onChange={(first) => set({ first })}
				/>
				<SelectField
					label={t("rank.second")}
					value={sides.second}
					options={options}
					onChange={(second) => set({ second })}
				/>
				<SelectField
					label={t("rank.side")}
					value={sides.side}
					options={SIDES.map((value) => ({ value, text: t(`rank.side.${value}`) }))}
					onChange={(side) => set({ side })}
				/>
				<Button disabled={busy} onClick={() => void compareSubspaces(sides.first, sides.second, sides.side)}>
					{t("rank.compare")}
				</Button>
			</div>
			{overlap !== null && (
				<div className="flex flex-wrap items-start gap-6">
					<PhiMap title={t("rank.phi", { n: overlap.modules.length })} map={overlap.mean.phi} />
					<PhiMap title={t("rank.random")} map={overlap.mean.baseline} />
					<Diagonal phi={overlap.mean.phi} random={overlap.mean.baseline} />
				</div>
			)}
		</Panel>
	);
}

/** Longer side of the map in pixels. */
const SIDE = 240;

function PhiMap({ title, map }: { title: string; map: readonly (readonly number[])[] }) {
	const theme = useUi((s) => s.theme);
	const canvas = useRef<HTMLCanvasElement>(null);
	const rows = map.length;
	const columns = map[0]?.length ?? 0;
	const cell = Math.max(1, Math.floor(SIDE / Math.max(1, rows, columns)));
	// biome-ignore lint/correctness/useExhaustiveDependencies: redraws when the theme changes
	useEffect(
		() =>
			paint(canvas.current, (context) => {
				const style = getComputedStyle(document.documentElement);
				context.clearRect(0, 0, columns * cell, rows * cell);
				context.fillStyle = style.getPropertyValue("--primary").trim();
				map.forEach((line, i) => {
					line.forEach((phi, j) => {
						context.globalAlpha = Math.max(0.04, Math.min(1, phi));
						context.fillRect(j * cell, i * cell, cell, cell);
					});
				});
				context.globalAlpha = 1;
			}),
		[map, theme, cell, rows, columns],
	);
	return (
		<figure className="[&_canvas]:block [&_canvas]:border" aria-label={title}>
			<figcaption className="help">{title}</figcaption>
			<canvas ref={canvas} width={columns * cell} height={rows * cell} />
		</figure>
	);
}

/** φ(i, i), the map's diagonal, as numbers. */
function Diagonal({ phi, random }: { phi: readonly (readonly number[])[]; random: readonly (readonly number[])[] }) {
	const t = useT();
	const most = Math.min(phi.length, phi[0]?.length ?? 0);
	const places = Array.from({ length: most }, (_, i) => i).filter((i) => i < 4 || Number.isInteger(Math.log2(i + 1)));
	return (
		<ul className="help num">
			{places.map((i) => (
				<li key={i}>
					{t("rank.phiCell", { i: i + 1, j: i + 1, phi: phi[i][i].toFixed(2), random: random[i][i].toFixed(2) })}
				</li>
			))}
		</ul>
	);
}
