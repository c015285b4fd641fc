// The worker that downloads models from the Hub or a URL into the origin private file system, where the engine finds them. Only
// this worker may send requests to other origins (scripts/build/csp.mjs); it has no access to rows, prompts or adapters.

import type { HubApi, HubOffer, KeptModel } from "../engine/api.ts";
import {
	download,
	fileHeaders,
	find,
	type HubClient,
	isComplete,
	parseRequest,
	type RemoteModel,
	totalBytes,
	wait,
	withoutChecksum,
} from "../engine/hub/index.ts";
import { opfsCache } from "../engine/hub/opfs-cache.ts";
import { TabTuneError } from "../shared/errors.ts";
import { hubMessage } from "../shared/messages/index.ts";
import { exposeApi } from "./rpc.ts";

/** The models that were looked up in this page, each with its client. The token stays in this worker. */
const foundModels = new Map<string, { line: HubClient; model: RemoteModel }>();
let activeDownload: { key: string; stop: AbortController; ended: Promise<unknown> } | null = null;

async function keptBytes(key: string, files: readonly { path: string; size: number }[]): Promise<number> {
	const cache = await opfsCache();
	const sizes = await Promise.all(files.map(async ({ path, size }) => Math.min(size, await cache.size(key, path))));
	return sizes.reduce((sum, size) => sum + size, 0);
}

async function stop(): Promise<void> {
	activeDownload?.stop.abort();
	await activeDownload?.ended;
}

const hub: HubApi = {
	async look(ask) {
		if (ask.token !== null) refuseLeaks();
		const { ref, line } = parseRequest(ask, {
			fetch: (url, init) => fetch(url, init),
			wait,
			signal: new AbortController().signal,
			...{ tries: 3, patience: 10_000 }, // a user is waiting
		});
		const model = await find(line, ref);
		foundModels.set(model.key, { line, model });
		const { key, name, revision, commit, license, parameters, files } = model;
		const offer: HubOffer = {
			...{ key, name, revision, commit, license, parameters },
			files: files.length,
			bytes: totalBytes(files),
			keptBytes: await keptBytes(key, files),
			unverified: withoutChecksum(files).length,
		};
		return { offer, heads: await fileHeaders(line, model) };
	},

	async download(key, onProgress) {
		const found = foundModels.get(key);
		if (found === undefined) throw new Error(`${key} was not looked at`);
		await stop();
		const abort = new AbortController();
		const line = { ...found.line, tries: undefined, patience: undefined, signal: abort.signal };
		const work = opfsCache().then((cache) => download(line, found.model, cache, throttled(onProgress)));
		activeDownload = { key, stop: abort, ended: work.catch(() => undefined) };
		try {
			await work;
			return true;
		} catch (thrown) {
			if (abort.signal.aborted) return false;
			throw thrown;
		}
	},

	stop,

	async kept() {
		const models = await (await opfsCache()).list();
		const listing = async (model: KeptModel) => ({
			model,
			bytes: totalBytes(model.files),
			keptBytes: await keptBytes(model.key, model.files),
			complete: isComplete(model),
		});
		return (await Promise.all(models.map(listing))).toSorted((a, b) => b.model.since - a.model.since);
	},

	async remove(key) {
		if (activeDownload?.key === key) await stop();
		await (await opfsCache()).remove(key);
	},
};

/** Limits progress reports to ten per second; pauses and the end are always reported. */
function throttled(report: Parameters<HubApi["download"]>[1]): typeof report {
	let last = 0;
	return (progress) => {
		if (progress.retryMilliseconds === 0 && progress.done < progress.total && performance.now() - last < 100) return;
		last = performance.now();
		report(progress);
	};
}

/** Chromium before 119 forwarded Authorization to the target of a redirect; current browsers do not. */
function refuseLeaks(): void {
	const [, version] = /Chrom(?:e|ium)\/(\d+)/.exec(navigator.userAgent) ?? [];
	if (version === undefined || Number(version) >= 119) return;
	throw new TabTuneError("usage", {
		what: hubMessage("tokenForwarded", { version }),
		next: hubMessage("tokenForwarded.next"),
	});
}

exposeApi(hub);
