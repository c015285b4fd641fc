// Effective ranks by layer and module as a shaded table, and the singular values of the selected module.
import type { ModuleSpectrum } from "../../../src/engine/api.ts";
import { plainNumber } from "../../../src/shared/setting-values.ts";
import { useT } from "../../i18n/index.ts";
import { percent } from "../../lib/format.ts";
import { Input } from "../../ui/Input.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { Table } from "../../ui/Table.tsx";
import { gridOf, useRank } from "./store.ts";

const three = (n: number): string => plainNumber(Number(n.toPrecision(3)));

export function RankSpectrum() {
	const t = useT();
	const spectrum = useRank((s) => s.spectrum);
	return (
		<Panel aria-label={t("rank.spectrum")}>
			<h2>{t("rank.spectrum")}</h2>
			{spectrum === null ? (
				<p className="help">{t("rank.none")}</p>
			) : (
				<>
					<p className="help">{t("rank.spectrumHelp")}</p>
					<Heat modules={spectrum} />
					<Values />
				</>
			)}
		</Panel>
	);
}

/** Ten shades from effective rank 1 to r. */
const shade = ({ effectiveRank, r }: ModuleSpectrum): number =>
	r <= 1 ? 9 : Math.min(9, Math.max(0, Math.round((9 * (effectiveRank - 1)) / (r - 1))));

function Heat({ modules }: { modules: readonly ModuleSpectrum[] }) {
	const t = useT();
	const picked = useRank((s) => s.picked);
	const { layers, names, at } = gridOf(modules);
	return (
		<Table of="shades">
			<caption>{t("rank.effective")}</caption>
			<thead>
				<tr>
					<th scope="col">{t("rank.layer")}</th>
					{names.map((name) => (
						<th key={name} scope="col">
							{name}
						</th>
					))}
				</tr>
			</thead>
			<tbody>
				{layers.map((layer) => (
					<tr key={layer ?? "none"}>
						<th scope="row">{layer ?? t("rank.outside")}</th>
						{names.map((name) => {
							const module = at(layer, name);
							return (
								<td key={name}>
									{module !== undefined && (
										<button
											type="button"
											className={`heat-cell heat-${shade(module)} num w-full min-w-14 rounded-sm border border-transparent px-1 py-0.5 aria-pressed:border-foreground`}
											aria-pressed={picked === module.path}
											aria-label={t("rank.cell", {
												layer: layer ?? t("rank.outside"),
												name,
												effective: module.effectiveRank.toFixed(1),
												r: module.r,
											})}
											onClick={() => useRank.setState({ picked: picked === module.path ? null : module.path })}
										>
											{module.effectiveRank.toFixed(1)}
										</button>
									)}
								</td>
							);
						})}
					</tr>
				))}
			</tbody>
		</Table>
	);
}

const WIDTH = 480;
const HEIGHT = 160;
const WIDEST_BAR = 30;

function Values() {
	const t = useT();
	const logarithmic = useRank((s) => s.logarithmic);
	const module = useRank((s) => s.spectrum?.find(({ path }) => path === s.picked));
	if (module === undefined) return null;
	const { singularValues: values, energy, frobeniusNorm, spectralNorm, path } = module;
	const half = energy.findIndex((share) => share >= 0.9);
	const floor = Math.max(spectralNorm * 1e-6, Number.MIN_VALUE);
	const low = Math.log(Math.max(floor, Math.min(...values.filter((value) => value > floor))) / 2);
	const high = Math.log(Math.max(spectralNorm, floor));
	const tall = (value: number): number => {
		if (spectralNorm === 0) return 0;
		const share = logarithmic ? (Math.log(Math.max(value, floor)) - low) / (high - low || 1) : value / spectralNorm;
		return Math.max(0, Math.min(1, share)) * HEIGHT;
	};
	const width = Math.min(WIDTH / values.length, WIDEST_BAR);
	return (
		<figure
			className="grid max-w-160 gap-2 [&_svg]:block [&_svg]:w-full [&_svg]:border-b [&_svg]:border-input"
			aria-label={t("rank.values", { path })}
		>
			<figcaption>
				<h3>
					<code>{t("rank.values", { path })}</code>
				</h3>
				<p className="help">
					{t("rank.valuesHelp", {
						frobenius: three(frobeniusNorm),
						spectral: three(spectralNorm),
						k: half + 1,
						energy: percent(energy[half] ?? 1),
					})}
				</p>
				<label className="flex items-center gap-2 text-sm">
					<Input
						type="checkbox"
						checked={logarithmic}
						onChange={(event) => useRank.setState({ logarithmic: event.target.checked })}
					/>
					{t("rank.log")}
				</label>
			</figcaption>
			<svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="presentation">
				{values.map((value, i) => (
					<rect
						// biome-ignore lint/suspicious/noArrayIndexKey: singular values are identified by their index
						key={i}
						className="value-bar"
						x={i * width + 1}
						width={Math.max(1, width - 2)}
						y={HEIGHT - tall(value)}
						height={tall(value)}
					/>
				))}
			</svg>
			<p className="sr-only">{values.map(three).join(", ")}</p>
		</figure>
	);
}
