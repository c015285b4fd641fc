// Types of the Hub worker: looking up a model on the Hugging Face Hub or at a URL, downloading it, and listing the models
// stored on this device.

/** A file of a folder. */
export interface NamedFile {
	/** Path inside the folder, separated by `/`: "tokenizer.json". */
	path: string;
	blob: Blob;
	/** Size of the complete file if `blob` contains only its header, as when inspecting a model before downloading it. */
	size?: number;
}

/** Identifies a model to look up. */
export interface HubModelRequest {
	/** `owner/name`, `owner/name@revision`, `owner/name/file.gguf`, or the http(s) URL of a .gguf file or a folder. */
	model: string;
	/** Origin of a Hub mirror; null for the Hub itself. */
	endpoint: string | null;
	/** Access token for gated and private models. Sent only to `endpoint`, never to a redirect target; never stored. */
	token: string | null;
}

/** A model that can be downloaded. */
export interface HubOffer {
	/** Key of the model in the model cache. */
	key: string;
	/** `owner/name`, or the last path segment of a URL. */
	name: string;
	revision: string | null;
	/** The commit that the revision resolves to; null for a URL. */
	commit: string | null;
	license: string | null;
	files: number; // to download
	bytes: number; // total size of these files
	keptBytes: number; // already on this device
	/** Files whose host publishes no checksum, so that a changed byte is not noticed. */
	unverified: number;
	/** As reported by the Hub; null if unknown. */
	parameters: number | null;
}

/** Progress of a download. */
export interface HubProgress {
	done: number; // bytes
	total: number; // bytes
	/** Path of the file being downloaded. */
	file: string;
	/** Milliseconds until the next retry after a transient error; 0 while data arrives. */
	retryMilliseconds: number;
}

/** Record of a model stored on this device, complete or partial. */
export interface KeptModel {
	/** Key of the model in the model cache: the name of its folder. */
	key: string;
	name: string;
	revision: string | null;
	commit: string | null;
	/** `endpoint/owner/name` or the URL, for resuming the download. */
	source: string;
	license: string | null;
	/** Path of the GGUF file; null for a Hugging Face folder. */
	gguf: string | null;
	files: KeptFile[];
	/** When the download was first requested, in milliseconds since 1970. */
	since: number;
}

/** A file of a stored model. */
export interface KeptFile {
	path: string;
	size: number; // bytes
	/** Whether the file is complete and, if it has a checksum, verified. */
	checked: boolean;
	/** SHA-256 of each 16 MiB of the complete file; missing in records of older versions. */
	digests?: string[];
}

/** A stored model as `HubApi.kept` lists it. */
export interface KeptListing {
	model: KeptModel;
	bytes: number; // total size of the files
	keptBytes: number; // downloaded so far
	complete: boolean;
}

/** The worker that downloads models (src/worker/hub-worker.ts), the only part of the page with access to other origins. */
export interface HubApi {
	/**
	 * Looks up a model without downloading its weights. Pass the offer's `key` to `download`.
	 * @returns the offer, and the file headers for `EngineApi.inspectModel` (null for a GGUF file)
	 * @throws code "model" if the model is missing, incomplete, not accessible or not reachable; "usage" for an invalid name
	 */
	look(ask: HubModelRequest): Promise<{ offer: HubOffer; heads: NamedFile[] | null }>;
	/**
	 * Downloads a model that `look` returned, resuming an earlier download.
	 * @returns false if `stop` ended the download; downloaded data is kept
	 * @throws code "model" if the download fails, "storage" if the disk is full, "busy" if another tab is downloading the model
	 */
	download(key: string, onProgress: (progress: HubProgress) => void): Promise<boolean>;
	/** Stops the current download. Downloaded data is kept, so that `download` can resume. */
	stop(): Promise<void>;
	/** Lists the models stored on this device, complete or partial, newest first. */
	kept(): Promise<KeptListing[]>;
	/** Deletes a stored model, and stops its download if one is running. */
	remove(key: string): Promise<void>;
}
