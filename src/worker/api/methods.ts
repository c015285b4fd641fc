// Calls that compare methods and ranks: costs, speeds, tables, and the rank lab.

import { adapterLayout } from "../../engine/adapters/layout.ts";
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
import { resolveSettings } from "../../engine/train/settings.ts";
import { workerMessage } from "../../shared/messages/index.ts";
import type { EngineState } from "../engine-state.ts";

const lab = () => import("../method-lab.ts");

export function methodCalls(state: EngineState) {
	return {
		async methods(): Promise<MethodInfo[]> {
			return (await lab()).methods();
		},

		async methodCost(given: RunSettings, data: DataSource): Promise<MethodCost> {
			const { runtime, textProcessor } = state.open();
			const settings = resolveSettings({ ...given }, workerMessage("theSettings"));
			const { train } = await state.data.get(runtime.model, textProcessor, data, 0, settings);
			const layout = adapterLayout(runtime.model, settings);
			const capacity = train.withVirtualTokens(layout.virtualTokens).capacity(settings.per_device_train_batch_size);
			return (await lab()).methodCost(runtime.model, layout, settings, capacity, runtime.gpu.info);
		},

		async measureAdapter(): Promise<MethodSpeed> {
			state.activeRun.refuse("a measurement");
			const { runtime, activeAdapter, answers } = state.open();
			const adapter = await activeAdapter.now();
			await answers.drop();
			return (await lab()).measureSpeed(runtime, adapter);
		},

		async methodsTable(table: MethodsTable, format: TableFormat): Promise<string> {
			return (await lab()).tableText(table, format);
		},

		async spectrum(ref: AdapterRef): Promise<AdapterSpectrum> {
			state.activeRun.refuse("a spectrum");
			return (await state.rankLab()).spectrum(ref);
		},

		async previewCut(cut: RankCut, rows: HeldOutRows | null): Promise<CutPreview> {
			state.activeRun.refuse("a cut");
			return (await state.rankLab()).preview(cut, rows);
		},

		async endPreview(): Promise<void> {
			await state.lab?.end();
		},

		async keepCut(cut: RankCut): Promise<AdapterInfo> {
			state.activeRun.refuse(workerMessage("waiting.adapter"));
			return (await state.rankLab()).keep(cut);
		},

		async overlap(first: AdapterRef, second: AdapterRef, side: OverlapSide): Promise<AdapterOverlap> {
			state.activeRun.refuse("a comparison");
			return (await state.rankLab()).overlap(first, second, side);
		},

		async blend(adapters: NamedRef[], settings: BlendSettings): Promise<AdapterInfo> {
			state.activeRun.refuse(workerMessage("waiting.adapter"));
			return state.takeAdapter(await (await state.rankLab()).blend(adapters, settings));
		},

		async adviseRank(runs: RankRun[]): Promise<RankAdvice> {
			return (await lab()).adviseRank(runs);
		},

		async shapeCost(shape: MethodShape): Promise<ShapeCost> {
			const { modelShapes, shapeCost } = await lab();
			return shapeCost(modelShapes(state.open().runtime.model), shape);
		},
	} satisfies Partial<EngineApi>;
}
