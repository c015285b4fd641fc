// The state that all calls share: one device, one model, one active adapter, the runs.

import type { Adapter } from "../engine/adapters/adapter.ts";
import { adapterLayout } from "../engine/adapters/layout.ts";
import type { LoadProgress, ModelSource } from "../engine/api.ts";
import { Gpu } from "../engine/device/gpu.ts";
import { openModelFiles } from "../engine/models/load.ts";
import { PrivateFiles } from "../engine/persistence/private-files.ts";
import { storeIn } from "../engine/train/device-tuning.ts";
import { startRuntime } from "../engine/train/runtime.ts";
import { resolveSettings } from "../engine/train/settings.ts";
import { openTextProcessorIfAny } from "../engine/train/text-processor.ts";
import { warmTraining } from "../engine/train/trainer.ts";
import { TabTuneError } from "../shared/errors.ts";
import { workerMessage } from "../shared/messages/worker.en.ts";
import { ActiveAdapter } from "./active-adapter.ts";
import { ActiveRun } from "./active-run.ts";
import { Answers } from "./answers.ts";
import { DataCache } from "./data-cache.ts";
import { modelFolder } from "./model-source.ts";
import type { OpenModel } from "./open-model.ts";
import type { RankLab } from "./rank-lab.ts";
import { RunStore } from "./run-store.ts";
import { StoredAdapters } from "./stored-adapters.ts";

/** The batch for which training kernels are compiled before the rows are known: all larger sizes use the same variants. */
const WARM_CAPACITY = { tokens: 256, targets: 128 };

export class EngineState {
	private gpu: Promise<Gpu> | null = null;
	opened: OpenModel | null = null;
	/** Resolves when the training kernels are compiled. Answers wait for it, so that a run never waits for an answer's kernels. */
	private warming: Promise<void> = Promise.resolve();
	readonly data = new DataCache();
	readonly activeRun = new ActiveRun();
	private store: Promise<RunStore> | null = null;
	private readonly storedAdapters = new StoredAdapters();
	lab: RankLab | null = null;
	/** The browser; Node before version 21 states none. */
	readonly agent = typeof navigator === "undefined" ? "" : navigator.userAgent;

	/** @param findGpu where WebGPU comes from */
	constructor(private readonly findGpu: () => Promise<GPU>) {}

	/** Replaces the open model, and releases everything that depended on it. */
	async load(source: ModelSource, onProgress: (progress: LoadProgress) => void): Promise<OpenModel> {
		this.activeRun.refuse(workerMessage("waiting.model"));
		const gpu = await this.device();
		const { folder, name, license, fingerprint } = await modelFolder(source, onProgress);
		const model = await openModelFiles(folder, name, source.dtype);
		const textProcessor = await openTextProcessorIfAny(folder, model.config);
		const runtime = await startRuntime(gpu, model, (done, total) => onProgress({ stage: "upload", done, total }), {
			store: storeIn(this.agent, () => PrivateFiles.open("tuning")),
			onMeasure: (done, total) => onProgress({ stage: "tune", done, total }),
		});
		this.lab?.drop();
		await this.opened?.answers.drop();
		this.opened?.runtime.memory.releaseAll();
		this.data.clear();
		const activeAdapter = new ActiveAdapter(runtime, fingerprint !== null, {
			drop: async () => {
				this.lab?.drop();
				await answers.drop();
			},
			pause: async (work) => {
				this.lab?.drop();
				answers.cancel();
				await answers.inTurn(work);
			},
		});
		const answers: Answers = new Answers(runtime, textProcessor, {
			layout: () => activeAdapter.layout,
			kernelsFirst: () => this.warming,
		});
		this.opened = { runtime, textProcessor, answers, activeAdapter, license, fingerprint };
		const usual = resolveSettings({}, workerMessage("theSettings"));
		this.warm(() => warmTraining(runtime, adapterLayout(model, usual), usual, WARM_CAPACITY));
		return this.opened;
	}

	open(): OpenModel {
		if (this.opened === null)
			throw new TabTuneError("usage", {
				what: workerMessage("noModel"),
				next: workerMessage("noModel.next"),
			});
		return this.opened;
	}

	async device(): Promise<Gpu> {
		this.gpu ??= this.findGpu().then((gpu) => Gpu.request({ gpu }));
		try {
			return await this.gpu;
		} catch (thrown) {
			this.gpu = null;
			throw thrown;
		}
	}

	/** @throws TabTuneError "storage" where the browser stores nothing */
	runStore(): Promise<RunStore> {
		this.store ??= RunStore.open();
		this.store.catch(() => {
			this.store = null;
		});
		return this.store;
	}

	/** The adapter of a stored run, over the open model. */
	async storedAdapter(id: string): Promise<Adapter> {
		return this.storedAdapters.get(this.open(), await this.runStore(), id);
	}

	/** Compiles kernels in the background; the run that needs them reports a failure. */
	warm(compile: () => Promise<void>): void {
		const before = this.warming;
		this.warming = Promise.resolve()
			.then(compile)
			.catch(() => undefined)
			.then(() => before);
	}

	/** Imported on demand, so that a first visit does not load the decompositions. */
	async rankLab(): Promise<RankLab> {
		const { RankLab } = await import("./rank-lab.ts");
		this.lab ??= new RankLab(
			() => this.open(),
			this.data,
			(id) => this.storedAdapter(id),
		);
		return this.lab;
	}
}
