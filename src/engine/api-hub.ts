// Models from elsewhere: what the Hub or an address offers, how a download goes, what is kept on this device.

export interface NamedFile {
	/** Path inside the folder, separated by `/`: "tokenizer.json". */
	path: string;
	blob: Blob;
	/** Size of the whole file when `blob` has only its header: a model that is inspected before it is downloaded. */
	size?: number;
}

/** How a model that was named is asked for. */
export interface HubModelRequest {
	/** `owner/name`, `owner/name@revision`, `owner/name/file.gguf`, or an http(s) address of a .gguf file or a folder. */
	model: string;
	/** Origin of the Hub or of a mirror of it; null for the Hub itself. */
	endpoint: string | null;
	/** For gated and private models. It goes to `endpoint` alone, never to where that sends us on, and is kept nowhere. */
	token: string | null;
}

/** What lies behind a name, before any of it is downloaded. */
export interface HubOffer {
	/** Of the folder it is kept in. */
	key: string;
	/** `owner/name`, or the last part of an address. */
	name: string;
	revision: string | null;
	/** The commit the revision stands for; null for an address. */
	commit: string | null;
	license: string | null;
	files: number;
	bytes: number; // of the files a run needs
	keptBytes: number; // of them, those already on this device
	/** As the Hub counts them; null where it does not say. */
	parameters: number | null;
}

export interface HubProgress {
	done: number; // bytes
	total: number; // bytes
	/** The file that is arriving. */
	file: string;
	/** Milliseconds until it is tried again, after a fault that may pass; 0 while bytes arrive. */
	retryMilliseconds: number;
}

/** A model kept on this device, whole or in part. */
export interface KeptModel {
	/** The folder it lies in. */
	key: string;
	name: string;
	revision: string | null;
	commit: string | null;
	/** `endpoint/owner/name` or the address, to ask for the rest of it. */
	source: string;
	license: string | null;
	/** The GGUF file that is the model; null for a Hugging Face folder. */
	gguf: string | null;
	files: KeptFile[];
	/** When it was asked for, milliseconds since 1970. */
	since: number;
}

export interface KeptFile {
	path: string;
	size: number; // bytes
	/** All of it is here, and its checksum was right where there is one. */
	checked: boolean;
}

/** A kept model as the list shows it. */
export interface KeptListing {
	model: KeptModel;
	bytes: number; // of all its files
	keptBytes: number; // of those, on this device
	complete: boolean;
}

/** The worker that fetches models (src/worker/hub-worker.ts): the only part of the page that may ask another origin. */
export interface HubApi {
	/**
	 * Asks for what lies behind a name.
	 * @returns the offer, and the heads of its files for `EngineApi.inspectModel`; null for a GGUF file
	 * @throws code "model" for what is not there, not allowed, not whole or not reached; "usage" for a name that is none
	 */
	look(ask: HubModelRequest): Promise<{ offer: HubOffer; heads: NamedFile[] | null }>;
	/**
	 * Brings what was looked at onto this device, from where it broke off.
	 * @returns false when `stop` ended it; what has arrived stays
	 * @throws code "model", "storage" without space, "busy" while another tab does the same
	 */
	download(key: string, onProgress: (progress: HubProgress) => void): Promise<boolean>;
	stop(): Promise<void>;
	/** What is on this device, whole or in part, the newest first. */
	kept(): Promise<KeptListing[]>;
	/** Ends a download of it, and deletes all of it. */
	remove(key: string): Promise<void>;
}
