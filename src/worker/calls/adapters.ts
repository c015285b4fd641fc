// The adapter in memory: out of it and into it, as a file, a link or a model (hand.ts holds it).
import type {
	AdapterInfo,
	EngineApi,
	ExportedFile,
	ExportRequest,
	LinkAbout,
	NamedFile,
	RunRecord,
} from "../../engine/api.ts";
import type { Desk } from "../desk.ts";
import { readAdapter } from "../open-model.ts";
import { adapterZip, mergedZip } from "../outputs.ts";
import { adapterOfLink, linkOf } from "../share.ts";

export function adapterCalls(desk: Desk) {
	return {
		async adapter(): Promise<AdapterInfo | null> {
			return desk.opened?.hand.info() ?? null;
		},

		async exportAdapter(): Promise<Blob> {
			const { bench, hand } = desk.open();
			return adapterZip(bench.model, await hand.now());
		},

		async exportMerged(onProgress: (done: number, total: number) => void = () => undefined): Promise<Blob> {
			const { bench, hand } = desk.open();
			return mergedZip(bench.model, await hand.now(), onProgress);
		},

		async exportFor(
			request: ExportRequest,
			onProgress: (done: number, total: number) => void = () => undefined,
		): Promise<ExportedFile> {
			const { exportedFile } = await import("../exports.ts");
			return exportedFile(request, desk.open(), desk.data, onProgress);
		},

		async importAdapter(zip: Blob): Promise<AdapterInfo> {
			desk.training.refuse("another adapter");
			const name = zip instanceof File ? zip.name : "the adapter";
			return desk.open().hand.takeNew(await readAdapter(desk.open(), new Uint8Array(await zip.arrayBuffer()), name));
		},

		async keepAdapter(name: string, source: Blob | NamedFile[] | null): Promise<RunRecord> {
			desk.training.refuse("the library");
			return desk.training.keepAdapter(name, source);
		},

		async adapterLink(about: LinkAbout): Promise<string> {
			const { bench, hand, fingerprint } = desk.open();
			return linkOf(bench.model, await hand.now(), fingerprint, about);
		},

		async importAdapterLink(text: string): Promise<{ adapter: AdapterInfo; about: LinkAbout }> {
			desk.training.refuse("another adapter");
			const { bench, hand, fingerprint } = desk.open();
			const linked = adapterOfLink(bench.model, fingerprint, text);
			return { adapter: await hand.takeNew(linked.hand), about: linked.about };
		},

		async removeAdapter(): Promise<void> {
			desk.training.refuse("no adapter");
			await desk.open().hand.take(null);
		},
	} satisfies Partial<EngineApi>;
}
