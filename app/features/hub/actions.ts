// Looks up a model, downloads it, and uses or deletes downloaded ones.
import type {
	BaseDType,
	HubModelRequest,
	HubOffer,
	KeptListing,
	ModelFacts,
	ModelSource,
	NamedFile,
} from "../../../src/engine/api.ts";
import { toErrorInfo } from "../../engine.ts";
import { loadModel, openSource } from "../model/actions.ts";
import { useEngine } from "../model/store.ts";
import { fetcher } from "./fetcher.ts";
import { useHub } from "./store.ts";

/** Shows an error in the Hub section and changes nothing else. */
async function reportErrors<T>(work: () => Promise<T>): Promise<T | null> {
	try {
		return await work();
	} catch (thrown) {
		useHub.setState({ error: toErrorInfo(thrown) });
		return null;
	}
}

/** Looks up a model and checks whether it fits; downloads only the headers of its files. */
export async function look(ask: HubModelRequest): Promise<void> {
	if (useHub.getState().state !== "idle") return;
	useHub.setState({ state: "looking", offer: null, facts: null, fitsAs: [], progress: null, error: null });
	await reportErrors(async () => {
		const { offer, heads } = await fetcher().look(ask);
		useHub.setState({ offer });
		if (heads !== null) await checkFit(offer, heads);
	});
	useHub.setState({ state: "idle" });
}

/** Checks the headers against the device at the selected base precision; if too big, finds precisions that fit. */
async function checkFit(offer: HubOffer, heads: NamedFile[]): Promise<void> {
	const { api, source } = useEngine.getState();
	if (api === null) return;
	const as = (dtype: BaseDType): Promise<ModelFacts> =>
		api.inspectModel({ kind: "files", name: offer.name, files: heads, dtype });
	const facts = await as(source.dtype ?? "auto").catch((thrown: unknown) => {
		useHub.setState({ offer: null }); // a model that cannot be opened is not offered
		throw thrown;
	});
	useHub.setState({ facts });
	if (facts.fits !== "too-big") return;
	const fitsAs: BaseDType[] = [];
	for (const dtype of ["int8", "nf4"] as const) {
		const other = await as(dtype).catch(() => null); // row width not supported at this precision
		if (other !== null && other.fits !== "too-big") fitsAs.push(dtype);
	}
	useHub.setState({ fitsAs });
}

export async function start(): Promise<void> {
	const { offer, state } = useHub.getState();
	if (offer === null || state === "loading") return;
	// Asks the browser not to evict the site's storage; the download continues either way.
	void navigator.storage?.persist?.().catch(() => false);
	useHub.setState({ state: "loading", speed: null, error: null });
	const pace = paceOf();
	const whole = await reportErrors(() =>
		fetcher().download(offer.key, (progress) => useHub.setState({ progress, speed: pace(progress.done) })),
	);
	// null is a failure: the received part is kept and can be resumed. false means the user paused.
	useHub.setState((before) => ({
		state: before.state === "loading" ? (whole === true ? "idle" : "paused") : before.state,
	}));
	await refresh();
	if (whole === true) {
		useHub.setState({ offer: null, facts: null, fitsAs: [], progress: null });
		await use({ key: offer.key, name: offer.name });
	}
}

/** Bytes per second over the last few seconds. */
function paceOf(): (done: number) => number | null {
	const marks: { at: number; done: number }[] = [];
	return (done) => {
		const now = performance.now();
		marks.push({ at: now, done });
		while (marks.length > 2 && now - marks[0].at > 5000) marks.shift();
		const span = now - marks[0].at;
		return span < 500 ? null : (1000 * (done - marks[0].done)) / span;
	};
}

export async function pause(): Promise<void> {
	useHub.setState({ state: "paused" });
	await reportErrors(() => fetcher().stop());
}

/** Cancels the download and deletes its files. */
export async function cancel(): Promise<void> {
	const { offer } = useHub.getState();
	useHub.setState({ state: "idle", offer: null, facts: null, fitsAs: [], progress: null, error: null });
	if (offer !== null) await remove(offer.key);
}

export async function refresh(): Promise<void> {
	const kept = await reportErrors(() => fetcher().kept());
	if (kept !== null) useHub.setState({ kept });
}

/** Loads a downloaded model, like opening a folder. */
export async function use({ key, name }: { key: string; name: string }): Promise<void> {
	const { dtype } = useEngine.getState().source;
	await openSource({ kind: "kept", key, name, ...(dtype === undefined ? {} : { dtype }) });
}

/** Resumes a partly downloaded model. */
export async function resumeDownload({ model }: KeptListing, token: string | null): Promise<void> {
	const { source, name, commit, gguf } = model;
	const ask: HubModelRequest =
		commit === null
			? { model: source, endpoint: null, token: null }
			: {
					model: `${name}${gguf === null ? "" : `/${gguf}`}@${commit}`,
					endpoint: source.slice(0, -name.length - 1),
					token,
				};
	await look(ask);
	if (useHub.getState().offer !== null) await start();
}

export async function remove(key: string): Promise<void> {
	const { source } = useEngine.getState();
	await reportErrors(() => fetcher().remove(key));
	await refresh();
	// The loaded model reads its files again when its precision changes, so it is unloaded with them.
	const inUse: ModelSource = source;
	if (inUse.kind === "kept" && inUse.key === key) await loadModel({ kind: "demo" });
}
