// Finds the Parquet files of a data set on the Hub, which converts every public set to Parquet on the branch refs/convert/parquet
// (https://huggingface.co/docs/dataset-viewer/parquet). Their paths are SUBSET/SPLIT/0000.parquet.

import type { HubClient } from "./http.ts";
import type { RemoteFile } from "./remote.ts";
import { licenseOf, listing, sizeAndHash } from "./repository.ts";

const BRANCH = "refs/convert/parquet";

export interface RemoteDataSet {
	readonly id: string;
	readonly commit: string;
	readonly license: string | null;
	/** The files of each split of each subset, in the order of their rows. */
	readonly subsets: ReadonlyMap<string, ReadonlyMap<string, readonly RemoteFile[]>>;
}

/** @throws TabTuneError "model" for a set that is missing, not accessible or not converted */
export async function findDataSet(line: HubClient, id: string): Promise<RemoteDataSet> {
	const { info, sha, siblings } = await listing(line, "datasets", id, BRANCH);
	const subsets = new Map<string, Map<string, RemoteFile[]>>();
	const files = siblings.toSorted((a, b) => (a.rfilename < b.rfilename ? -1 : 1));
	for (const file of files) {
		const path = file.rfilename;
		const [, subset, split] = /^([^/]+)\/(?:partial-)?([^/]+)\/\d+\.parquet$/.exec(path) ?? [];
		if (subset === undefined || split === undefined) continue;
		const splits = subsets.get(subset) ?? new Map<string, RemoteFile[]>();
		subsets.set(subset, splits);
		const location = `${line.endpoint}/datasets/${id}/resolve/${sha}/${path.split("/").map(encodeURIComponent).join("/")}`;
		splits.set(split, [...(splits.get(split) ?? []), { path, url: location, ...sizeAndHash(file, id) }]);
	}
	return { id, commit: sha, license: licenseOf(info), subsets };
}
