// Methods and ranks compared: costs, speeds and tables, and the rank lab's calls (rank-lab.ts does the work).

import { adapterLayout } from "../../engine/adapters/layout.ts";
import { adviseRank } from "../../engine/analysis/advisor.ts";
import { modelShapes, shapeCost } from "../../engine/analysis/calculator.ts";
import type {
	AdapterInfo,
	AdapterOverlap,
	AdapterRef,
	AdapterSpectrum,
	BlendSettings,
	CutPreview,
	DataSource,
	EngineApi,
	HeldOutRows,
	MethodCost,
	MethodInfo,
	MethodShape,
	MethodSpeed,
	MethodsTable,
	NamedRef,
	OverlapSide,
	RankAdvice,
	RankCut,
	RankRun,
	RunSettings,
	ShapeCost,
	TableFormat,
} from "../../engine/api.ts";
import { measureSpeed, methodCost } from "../../engine/train/method-run.ts";
import { methods } from "../../engine/train/methods.ts";
import { tableText } from "../../engine/train/methods-table.ts";
import { resolveSettings } from "../../engine/train/settings.ts";
import type { Desk } from "../desk.ts";

export function methodCalls(desk: Desk) {
	return {
		async methods(): Promise<MethodInfo[]> {
			return methods();
		},

		async methodCost(given: RunSettings, data: DataSource): Promise<MethodCost> {
			const { bench, language } = desk.open();
			const settings = resolveSettings({ ...given }, "the settings");
			const { train } = await desk.data.get(bench.model, language, data, 0, settings);
			const layout = adapterLayout(bench.model, settings);
			const capacity = train.behind(layout.virtualTokens).capacity(settings.per_device_train_batch_size);
			return methodCost(bench.model, layout, settings, capacity, bench.gpu.info);
		},

		async measureAdapter(): Promise<MethodSpeed> {
			desk.training.refuse("a measurement");
			const { bench, hand, answers } = desk.open();
			const inHand = await hand.now();
			await answers.drop();
			return measureSpeed(bench, inHand);
		},

		async methodsTable(table: MethodsTable, format: TableFormat): Promise<string> {
			return tableText(table, format);
		},

		async spectrum(ref: AdapterRef): Promise<AdapterSpectrum> {
			desk.training.refuse("a spectrum");
			return (await desk.rankLab()).spectrum(ref);
		},

		async previewCut(cut: RankCut, rows: HeldOutRows | null): Promise<CutPreview> {
			desk.training.refuse("a cut");
			return (await desk.rankLab()).preview(cut, rows);
		},

		async endPreview(): Promise<void> {
			await desk.lab?.end();
		},

		async keepCut(cut: RankCut): Promise<AdapterInfo> {
			desk.training.refuse("another adapter");
			return (await desk.rankLab()).keep(cut);
		},

		async overlap(first: AdapterRef, second: AdapterRef, side: OverlapSide): Promise<AdapterOverlap> {
			desk.training.refuse("a comparison");
			return (await desk.rankLab()).overlap(first, second, side);
		},

		async blend(adapters: NamedRef[], settings: BlendSettings): Promise<AdapterInfo> {
			desk.training.refuse("another adapter");
			return (await desk.rankLab()).blend(adapters, settings);
		},

		async adviseRank(runs: RankRun[]): Promise<RankAdvice> {
			return adviseRank(runs);
		},

		async shapeCost(shape: MethodShape): Promise<ShapeCost> {
			return shapeCost(modelShapes(desk.open().bench.model), shape);
		},
	} satisfies Partial<EngineApi>;
}
