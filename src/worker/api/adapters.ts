// Calls about the active adapter: export and import as a file, a link or a merged model.
import type {
	AdapterInfo,
	EngineApi,
	ExportedFile,
	ExportRequest,
	LinkDescription,
	NamedFile,
	RunRecord,
} from "../../engine/api.ts";
import { adapterFileBytes } from "../../engine/train/estimate.ts";
import { resolveSettings } from "../../engine/train/settings.ts";
import { workerMessage } from "../../shared/messages/index.ts";
import type { EngineState } from "../engine-state.ts";
import { adapterFolderOf, adapterZipOf, baseOf } from "../open-model.ts";
import { adapterRecord } from "../run-record.ts";

export function adapterCalls(state: EngineState) {
	return {
		async adapter(): Promise<AdapterInfo | null> {
			return state.opened?.activeAdapter.info() ?? null;
		},

		async selectWeights(which: "best" | "last"): Promise<AdapterInfo> {
			state.activeRun.refuse(workerMessage("waiting.adapter"));
			return state.open().activeAdapter.select(which);
		},

		async exportAdapter(): Promise<Blob> {
			const { runtime, activeAdapter } = state.open();
			const { adapterZip } = await import("../export-zip.ts");
			return adapterZip(runtime.model, await activeAdapter.now());
		},

		async exportMerged(onProgress: (done: number, total: number) => void = () => undefined): Promise<Blob> {
			const { runtime, activeAdapter } = state.open();
			const { mergedZip } = await import("../export-zip.ts");
			return mergedZip(runtime.model, await activeAdapter.now(), onProgress);
		},

		async exportFor(
			request: ExportRequest,
			onProgress: (done: number, total: number) => void = () => undefined,
		): Promise<ExportedFile> {
			const { exportedFile } = await import("../exports.ts");
			return exportedFile(request, state.open(), state.data, onProgress);
		},

		async importAdapter(source: Blob | NamedFile[]): Promise<AdapterInfo> {
			state.activeRun.refuse(workerMessage("waiting.adapter"));
			const name = source instanceof File ? source.name : "adapter";
			return state.takeAdapter(await state.readAdapter(await adapterFolderOf(source, name), name));
		},

		async keepAdapter(name: string, source: Blob | NamedFile[] | null): Promise<RunRecord> {
			state.activeRun.refuse(workerMessage("waiting.library"));
			const open = state.open();
			const { model } = open.runtime;
			const store = await state.runStore();
			const active = source === null ? await open.activeAdapter.now() : null;
			const { adapterZip } = await import("../export-zip.ts");
			const zip = active === null ? await adapterZipOf(source ?? []) : await adapterZip(model, active);
			// Read before it is stored, so that an adapter for another base is rejected.
			const adapter = active ?? (await state.readAdapter(await adapterFolderOf(zip, name), name)).adapter;
			const { settingsFixedBy } = await import("../../engine/adapters/adapter-files.ts");
			const settings = resolveSettings({ ...settingsFixedBy(adapter) }, workerMessage("adapterSettings"));
			const record = adapterRecord(name, settings, model, {
				from: source === null ? "memory" : "file",
				r: adapter.layout.settings.r,
				bytes: adapterFileBytes(adapter.layout),
			});
			await store.keepAdapter(record, zip);
			return record;
		},

		async adapterLink(about: LinkDescription): Promise<string> {
			const { runtime, activeAdapter, fingerprint } = state.open();
			const { linkOf } = await import("../adapter-link.ts");
			return linkOf(runtime.model, await activeAdapter.now(), fingerprint, about);
		},

		async importAdapterLink(text: string): Promise<{ adapter: AdapterInfo; about: LinkDescription }> {
			state.activeRun.refuse(workerMessage("waiting.adapter"));
			const { adapterOfLink } = await import("../adapter-link.ts");
			const model = baseOf(state.open().runtime.model);
			const { adapter, about } = adapterOfLink(model, state.fingerprint, text);
			return { adapter: await state.takeAdapter({ model, adapter }), about };
		},

		async removeAdapter(): Promise<void> {
			state.activeRun.refuse(workerMessage("waiting.remove"));
			await state.restoreBase();
			await state.open().activeAdapter.take(null);
		},
	} satisfies Partial<EngineApi>;
}
