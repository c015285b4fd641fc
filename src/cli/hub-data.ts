// The rows of --dataset owner/name: the Parquet files of a split on the Hub, downloaded into the user's cache. A download that stopped
// is continued, and every file is compared with its checksum.
import { join } from "node:path";
import type { KeptModel } from "../engine/api.ts";
import { parquetRows } from "../engine/data/parquet.ts";
import {
	download,
	findDataSet,
	HUB,
	isComplete,
	NetworkError,
	parseRequest,
	type RemoteDataSet,
	totalBytes,
	wait,
} from "../engine/hub/index.ts";
import { formatBytes } from "../shared/format-bytes.ts";
import { textOf } from "../shared/messages/message.ts";
import { cliError } from "./cli-error.ts";
import { checkSpace, dataSetFolder, diskCache } from "./disk-cache.ts";
import { progress } from "./hub-progress.ts";
import { fileBlob } from "./node-files.ts";
import { say } from "./output.ts";
import { rangesOf, type Split, splitOf } from "./split.ts";

export interface HubRows {
	readonly paths: readonly string[];
	/** The rows of each file that are used. */
	readonly ranges: readonly { readonly start: number; readonly end: number }[];
	/** As messages name the set. */
	readonly name: string;
}

/** @throws TabTuneError "usage" for a name, subset or split that does not exist, "model" or "storage" */
export async function hubRows(id: string, subset: string | undefined, given: string): Promise<HubRows> {
	const split = splitOf(given);
	if (!/^[\w.-]+\/[\w.-]+$/.test(id))
		throw cliError("usage", {
			what: `--dataset is "${id}"`,
			where: "the command line",
			next: "write owner/name, as on the Hub",
		});
	const { key, files } = await stored(id, subset, split);
	const paths = files.map(({ path }) => join(dataSetFolder(), key, path));
	const counts: number[] = [];
	for (const path of paths) counts.push(await parquetRows(await fileBlob(path), path));
	const ranges = rangesOf(split, counts);
	const used = paths.flatMap((path, i) => (ranges[i].start < ranges[i].end ? [{ path, range: ranges[i] }] : []));
	if (used.length === 0)
		throw cliError("usage", {
			what: `the split ${given} has no rows`,
			where: id,
			next: `the split has ${counts.reduce((a, b) => a + b, 0)} rows: choose others`,
		});
	return { paths: used.map(({ path }) => path), ranges: used.map(({ range }) => range), name: `${id} ${given}` };
}

async function stored(id: string, subset: string | undefined, split: Split): Promise<KeptModel> {
	const { HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE } = process.env;
	const { line } = parseRequest(
		{ model: id, endpoint: HF_ENDPOINT || null, token: HF_TOKEN || null },
		{ fetch, wait, signal: new AbortController().signal },
	);
	const root = dataSetFolder();
	const cache = diskCache(root);
	const kept = (await cache.list())
		.filter((set) => set.name === id && isComplete(set) && isOf(set, subset, split))
		.toSorted((a, b) => b.since - a.since)[0];
	if (HF_HUB_OFFLINE === "1") {
		if (kept !== undefined) return kept;
		throw cliError("model", {
			what: "this data set is not whole on this machine, and HF_HUB_OFFLINE disables downloads",
			where: root,
			next: "run once without HF_HUB_OFFLINE",
		});
	}
	let remote: RemoteDataSet;
	try {
		remote = await findDataSet({ ...line, ...(kept === undefined ? {} : { tries: 1 }) }, id);
	} catch (thrown) {
		if (kept === undefined || !(thrown instanceof NetworkError)) throw thrown;
		say(`${textOf(thrown.parts.what)}: using the stored copy of ${id}`);
		return kept;
	}
	const chosen = subsetOf(remote, subset);
	const files = remote.subsets.get(chosen)?.get(split.name);
	if (files === undefined)
		throw cliError("usage", {
			what: `the subset ${chosen} has no split ${split.name}`,
			where: id,
			next: `its splits are ${[...(remote.subsets.get(chosen)?.keys() ?? [])].join(", ")}`,
		});
	const { commit, license } = remote;
	const key = ["datasets", ...id.split("/"), commit.slice(0, 12), chosen, split.name].join("--");
	const arrived = await Promise.all(files.map(({ path }) => cache.size(key, path)));
	const missing = totalBytes(files) - arrived.reduce((sum, size) => sum + size, 0);
	if (missing > 0) {
		await checkSpace(root, missing, "the data set");
		say(
			`${id}, ${chosen}, ${split.name}: ${files.length} Parquet files, ${formatBytes(totalBytes(files))}, licence ${license ?? "not stated"}; stored in ${join(root, key)}`,
		);
		if (files.some(({ path }) => path.includes("/partial-")))
			say("warning: the Hub has converted only the first part of this split to Parquet");
	}
	const source = `${line.endpoint || HUB}/datasets/${id}`;
	const set = { key, name: id, revision: null, commit, source, license, parameters: null, gguf: null, files };
	return download(line, set, cache, missing > 0 ? progress() : () => undefined);
}

/** Whether a stored set has the split, and the subset if one is given. */
const isOf = ({ files }: KeptModel, subset: string | undefined, { name }: Split): boolean =>
	files.every(({ path }) => {
		const [folder, split] = path.split("/");
		return (subset === undefined || folder === subset) && split.replace(/^partial-/, "") === name;
	});

/** The subset that was given, the only one, or the one named default. */
function subsetOf({ id, subsets }: RemoteDataSet, given: string | undefined): string {
	const names = [...subsets.keys()];
	const chosen = given ?? (names.length === 1 ? names[0] : names.find((name) => name === "default"));
	if (chosen !== undefined && subsets.has(chosen)) return chosen;
	throw cliError("usage", {
		what:
			names.length === 0
				? "the Hub has no Parquet files of this data set"
				: chosen === undefined
					? `the data set has ${names.length} subsets`
					: `the data set has no subset ${chosen}`,
		where: id,
		next:
			names.length === 0
				? "download its files, and use --train-file"
				: `add --subset with one of ${names.slice(0, 20).join(", ")}${names.length > 20 ? ", …" : ""}`,
	});
}
