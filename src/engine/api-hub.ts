// Models from elsewhere: what the Hub or an address offers, how a download goes, what is kept on this device.

/** How a model that was named is asked for. */
export interface HubAsk {
	/** `owner/name`, `owner/name@revision`, `owner/name/file.gguf`, or an http(s) address of a .gguf file or a folder. */
	model: string;
	/** Origin of the Hub or of a mirror of it; null for the Hub itself. */
	endpoint: string | null;
	/** For gated and private models. It goes to `endpoint` alone, never to where that sends us on, and is kept nowhere. */
	token: string | null;
}

/** What lies behind a name, before any of it is downloaded. */
export interface HubOffer {
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
	waits: number;
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
