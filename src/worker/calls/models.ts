// What the page asks about models and data: what a folder holds, loading it, rows as a run would see them, what a run would
// take. To add a call: a method here and in EngineApi.

import { adapterLayout } from "../../engine/adapters/layout.ts";
import { roomForText } from "../../engine/adapters/prompt.ts";
import { suffixes } from "../../engine/adapters/targets.ts";
import type {
	CostEstimate,
	DataInfo,
	DataSource,
	DeviceInfo,
	EngineApi,
	EngineCounters,
	LoadProgress,
	ModelFacts,
	ModelInfo,
	ModelSource,
	NamedFile,
	RowCheck,
	RunSettings,
} from "../../engine/api.ts";
import { checkRows } from "../../engine/data/check-rows.ts";
import { openModelFiles } from "../../engine/models/load.ts";
import { estimateRun } from "../../engine/train/estimate.ts";
import { resolveSettings } from "../../engine/train/settings.ts";
import { warmTraining } from "../../engine/train/trainer.ts";
import { encodeOptions } from "../data-cache.ts";
import type { Desk } from "../desk.ts";
import { modelFolder } from "../model-source.ts";
import { modelFacts, neededFiles } from "../outputs.ts";
import { predictLink } from "../share.ts";

export function modelCalls(desk: Desk) {
	return {
		async probe(): Promise<DeviceInfo> {
			return (await desk.device()).info;
		},

		async loadModel(
			source: ModelSource,
			onProgress: (progress: LoadProgress) => void = () => undefined,
		): Promise<ModelInfo> {
			const { bench, language, license } = await desk.load(source, onProgress);
			const { model } = bench;
			const { config } = model;
			return {
				name: model.name,
				license,
				model_type: config.model_type,
				parameters: model.parameters,
				weightBytes: model.weightBytes,
				dtype: model.dtype,
				hidden_size: config.hidden_size,
				num_hidden_layers: config.num_hidden_layers,
				vocab_size: config.vocab_size,
				max_position_embeddings: config.max_position_embeddings,
				hasChatTemplate: language?.template != null,
				linearModules: suffixes(model.family.linearModules(config)),
			};
		},

		async inspectModel(source: ModelSource): Promise<ModelFacts> {
			const { info } = await desk.device();
			const { folder, name, license } = await modelFolder(source, () => undefined);
			return modelFacts(await openModelFiles(folder, name, source.dtype), license, info);
		},

		async describeData(data: DataSource, settings: RunSettings, heldOut: DataSource | number): Promise<DataInfo> {
			const { bench, language } = desk.open();
			return (
				await desk.data.get(bench.model, language, data, heldOut, resolveSettings({ ...settings }, "the settings"))
			).info;
		},

		async parquetAsLines(file: Blob, name: string): Promise<Blob> {
			const { parquetAsLines } = await import("../../engine/data/parquet.ts");
			return parquetAsLines(file, name);
		},

		async checkRows(data: DataSource, settings: RunSettings): Promise<RowCheck> {
			const { bench, language } = desk.open();
			return checkRows(data, encodeOptions(bench.model, language, resolveSettings({ ...settings }, "the settings")));
		},

		async estimate(given: RunSettings, data: DataSource | null): Promise<CostEstimate> {
			const { bench, language, fingerprint } = desk.open();
			const settings = resolveSettings({ ...given }, "the settings");
			const layout = adapterLayout(bench.model, settings);
			const batch = settings.per_device_train_batch_size;
			const { virtualTokens } = layout;
			const room = roomForText(bench.model.config, settings);
			const longest = batch * (virtualTokens + Math.min(settings.max_length, room));
			const train = data === null ? null : (await desk.data.get(bench.model, language, data, 0, settings)).train;
			const capacity = train?.behind(virtualTokens).capacity(batch) ?? { tokens: longest, targets: longest };
			if (desk.training.control === null && data !== null)
				desk.warm(() => warmTraining(bench, layout, settings, capacity));
			const link = fingerprint === null ? null : predictLink(layout);
			const estimate = estimateRun(bench.model, layout, settings, capacity, bench.gpu.info);
			if (estimate.fits === "fits" || train === null) return { ...estimate, link };
			const { waysToFit } = await import("../../engine/train/what-fits.ts");
			return { ...estimate, link, ways: waysToFit(bench.model, settings, { train, heldOut: null }) };
		},

		async modelFiles(): Promise<NamedFile[]> {
			return neededFiles(desk.open().bench.model);
		},

		async counters(): Promise<EngineCounters> {
			const { created, held } = await desk.device();
			return { ...created, heldBytes: held.bytes };
		},
	} satisfies Partial<EngineApi>;
}
