// Calls about models and data: inspect and load a model, describe and check rows, estimate a run.

import { adapterLayout } from "../../engine/adapters/layout.ts";
import { textCapacity } from "../../engine/adapters/methods/prompt.ts";
import type {
	CostEstimate,
	DataInfo,
	DataSource,
	DeviceInfo,
	EngineApi,
	EngineCounters,
	ErrorInfo,
	LoadProgress,
	ModelFacts,
	ModelInfo,
	ModelSource,
	NamedFile,
	RowCheck,
	RunSettings,
} from "../../engine/api.ts";
import type { Gpu } from "../../engine/device/gpu.ts";
import { openModelFiles } from "../../engine/models/load.ts";
import { estimateRun } from "../../engine/train/estimate.ts";
import { waysToFit } from "../../engine/train/memory-advice.ts";
import { resolveSettings } from "../../engine/train/settings.ts";
import { warmTraining } from "../../engine/train/trainer.ts";
import { workerMessage } from "../../shared/messages/index.ts";
import { encodeOptions } from "../data-cache.ts";
import type { EngineState } from "../engine-state.ts";
import { errorInfo } from "../error-info.ts";
import { predictLink } from "../link-prediction.ts";
import { modelFacts } from "../model-facts.ts";
import { modelFolder } from "../model-source.ts";
import { modelInfo } from "../open-model.ts";

export function modelCalls(state: EngineState) {
	return {
		async probe(): Promise<DeviceInfo> {
			return (await state.device()).info;
		},

		async loadModel(
			source: ModelSource,
			onProgress: (progress: LoadProgress) => void = () => undefined,
		): Promise<ModelInfo> {
			return modelInfo(await state.load(source, onProgress));
		},

		async gpuLost(): Promise<ErrorInfo> {
			const gpu = await state.device();
			await gpu.lost;
			return lossOf(gpu);
		},

		async recover(onProgress: (progress: LoadProgress) => void = () => undefined): Promise<ModelInfo> {
			return modelInfo(await state.recover(onProgress));
		},

		async inspectModel(source: ModelSource): Promise<ModelFacts> {
			const { info } = await state.device();
			const { folder, name, license } = await modelFolder(source, () => undefined);
			return modelFacts(await openModelFiles(folder, name, source.dtype, true), license, info);
		},

		async openData(...args: Parameters<EngineApi["openData"]>): ReturnType<EngineApi["openData"]> {
			const { openData } = await import("../data-intake.ts");
			return openData(...args);
		},

		async editableRows(...args: Parameters<EngineApi["editableRows"]>): ReturnType<EngineApi["editableRows"]> {
			const { editableRows } = await import("../data-intake.ts");
			return editableRows(...args);
		},

		async describeData(data: DataSource, settings: RunSettings, heldOut: DataSource | number): Promise<DataInfo> {
			const { model, textProcessor } = await state.forNewRun();
			return (
				await state.data.get(
					model,
					textProcessor,
					data,
					heldOut,
					resolveSettings({ ...settings }, workerMessage("theSettings")),
				)
			).info;
		},

		async checkRows(data: DataSource, settings: RunSettings): Promise<RowCheck> {
			const { model, textProcessor } = await state.forNewRun();
			const { checkRows } = await import("../data-intake.ts");
			return checkRows(
				data,
				encodeOptions(model, textProcessor, resolveSettings({ ...settings }, workerMessage("theSettings"))),
			);
		},

		async estimate(given: RunSettings, data: DataSource | null): Promise<CostEstimate> {
			const { runtime, fingerprint } = state.open();
			const { model, textProcessor } = await state.forNewRun();
			const settings = resolveSettings({ ...given }, workerMessage("theSettings"));
			const layout = adapterLayout(model, settings);
			const batch = settings.per_device_train_batch_size;
			const { virtualTokens } = layout;
			const most = textCapacity(model.config, settings);
			const longest = batch * (virtualTokens + Math.min(settings.max_length, most));
			const train = data === null ? null : (await state.data.get(model, textProcessor, data, 0, settings)).train;
			const capacity = train?.withVirtualTokens(virtualTokens).capacity(batch) ?? { tokens: longest, targets: longest };
			if (state.activeRun.control === null && data !== null && model === runtime.model)
				state.warm(() => warmTraining(runtime, layout, settings, capacity));
			const link = fingerprint === null ? null : predictLink(layout);
			const estimate = estimateRun(model, layout, settings, capacity, runtime.gpu.info);
			if (estimate.fits === "fits" || train === null) return { ...estimate, link };
			return { ...estimate, link, ways: waysToFit(model, settings, { train, heldOut: null }) };
		},

		async modelFiles(): Promise<NamedFile[]> {
			const { neededFiles } = await import("../export-zip.ts");
			return neededFiles(state.open().runtime.model);
		},

		async counters(): Promise<EngineCounters> {
			const { created, allocated } = await state.device();
			return { ...created, allocatedBytes: allocated.bytes };
		},
	} satisfies Partial<EngineApi>;
}

/** The error of a lost device. */
function lossOf(gpu: Gpu): ErrorInfo {
	try {
		gpu.assertAlive();
	} catch (error) {
		return errorInfo(error);
	}
	throw new Error("the device is not lost");
}
