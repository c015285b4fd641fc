// What a method trains on the loaded model: its formula, the totals, and r (d + k) compared with d · k for each matrix.
import { useEffect } from "react";
import type { MethodShape } from "../../../src/engine/api.ts";
import { formatBytes } from "../../../src/shared/format-bytes.ts";
import { useT } from "../../i18n/index.ts";
import { compact, count, percent } from "../../lib/format.ts";
import { Input } from "../../ui/Input.tsx";
import { NumberField } from "../../ui/NumberField.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { SelectField } from "../../ui/SelectField.tsx";
import { Table } from "../../ui/Table.tsx";
import { useEngine } from "../model/store.ts";
import { calculate } from "./actions.ts";
import { useRank } from "./store.ts";

const SHAPES: Readonly<Record<MethodShape["method"], MethodShape>> = {
	lora: { method: "lora", r: 8, modules: null },
	dora: { method: "dora", r: 8, modules: null },
	full: { method: "full" },
	prompt_tuning: { method: "prompt_tuning", num_virtual_tokens: 20 },
	bottleneck: { method: "bottleneck", reduction_factor: 16, places: 1 },
};
const METHODS = Object.keys(SHAPES) as MethodShape["method"][];
const WORDS = {
	lora: "method.lora",
	dora: "method.dora",
	full: "method.full",
	prompt_tuning: "method.prompt-tuning",
	bottleneck: "method.pfeiffer",
} as const;

export function RankCalculator() {
	const t = useT();
	const model = useEngine((s) => s.model?.name);
	const shape = useRank((s) => s.shape);
	// biome-ignore lint/correctness/useExhaustiveDependencies: computes again when the model changes
	useEffect(() => {
		void calculate(useRank.getState().shape);
	}, [model]);
	return (
		<Panel aria-label={t("rank.calculator")}>
			<h2>{t("rank.calculator")}</h2>
			<p className="help">{t("rank.calculatorHelp")}</p>
			<div className="flex flex-wrap items-end gap-x-4 gap-y-2 [&>code]:py-1.5">
				<SelectField
					label={t("rank.method")}
					options={METHODS.map((method) => ({ value: method, text: t(WORDS[method]) }))}
					value={shape.method}
					onChange={(method) => void calculate(SHAPES[method])}
				/>
				<Size shape={shape} />
				<code>{t(`rank.formula.${shape.method}`)}</code>
			</div>
			<Costs />
		</Panel>
	);
}

function Size({ shape }: { shape: MethodShape }) {
	const t = useT();
	switch (shape.method) {
		case "lora":
		case "dora":
			return (
				<NumberField
					label={t("rank.r")}
					value={shape.r}
					min={1}
					max={4096}
					integer
					onChange={(r) => void calculate({ ...shape, r })}
				/>
			);
		case "prompt_tuning":
			return (
				<NumberField
					label={t("rank.tokens")}
					value={shape.num_virtual_tokens}
					min={1}
					max={1024}
					integer
					onChange={(num_virtual_tokens) => void calculate({ ...shape, num_virtual_tokens })}
				/>
			);
		case "bottleneck":
			return (
				<>
					<NumberField
						label={t("rank.factor")}
						value={shape.reduction_factor}
						min={1}
						max={1024}
						step={1}
						onChange={(reduction_factor) => void calculate({ ...shape, reduction_factor })}
					/>
					<label className="flex items-center gap-2 text-sm">
						<Input
							type="checkbox"
							checked={shape.places === 2}
							onChange={(event) => void calculate({ ...shape, places: event.target.checked ? 2 : 1 })}
						/>
						{t("rank.places")}
					</label>
				</>
			);
		case "full":
			return null;
	}
}

function Costs() {
	const t = useT();
	const cost = useRank((s) => s.cost);
	if (cost === null) return null;
	// Modules of the same shape cost the same and share a row.
	const shapes = new Map<string, { names: Set<string>; module: (typeof cost.modules)[number]; n: number }>();
	for (const module of cost.modules) {
		const key = `${module.out} × ${module.in}`;
		const found = shapes.get(key) ?? { names: new Set<string>(), module, n: 0 };
		found.names.add(module.path.slice(module.path.lastIndexOf(".") + 1));
		found.n++;
		shapes.set(key, found);
	}
	return (
		<>
			<p className="num">
				{t("rank.total", { parameters: count(cost.trainableParameters), share: percent(cost.share) })}
			</p>
			<p className="help num">
				{t("rank.bytes", {
					adapter: formatBytes(cost.adapterBytes),
					gradients: formatBytes(cost.gradientBytes),
					moments: formatBytes(cost.optimizerBytes),
				})}
			</p>
			{shapes.size > 0 && (
				<Table>
					<thead>
						<tr>
							<th scope="col">{t("rank.module")}</th>
							<th scope="col">{t("rank.col.shape")}</th>
							<th scope="col">{t("rank.col.trained")}</th>
							<th scope="col">{t("rank.col.full")}</th>
							<th scope="col">{t("rank.col.share")}</th>
						</tr>
					</thead>
					<tbody>
						{[...shapes].map(([key, { names, module, n }]) => (
							<tr key={key}>
								<th scope="row">
									{[...names].join(", ")} <span className="num text-muted-foreground">× {n}</span>
								</th>
								<td className="num">{key}</td>
								<td className="num">{count(module.trainableParameters)}</td>
								<td className="num">{compact(module.fullParameters)}</td>
								<td className="num">{percent(module.trainableParameters / module.fullParameters)}%</td>
							</tr>
						))}
					</tbody>
				</Table>
			)}
		</>
	);
}
