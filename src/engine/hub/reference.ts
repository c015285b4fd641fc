// Parses model references: `owner/name`, with `@revision`, with a .gguf file of the repository, a Hub URL, or any other URL.

export const HUB = "https://huggingface.co";

export type ModelRef =
	| { readonly kind: "hub"; readonly id: string; readonly revision: string; readonly file: string | null }
	| { readonly kind: "url"; readonly url: string };

const ID = /^([A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*)(?:\/([^@\s]+\.gguf))?(?:@(\S+))?$/i;

/** Parses a reference; null if the text does not name a remote model. @param endpoint origin of the Hub in use */
export function parseModelRef(text: string, endpoint: string): ModelRef | null {
	const name = text.trim();
	if (/^https?:\/\//i.test(name)) return addressRef(name, endpoint);
	const [whole, id, file, revision] = ID.exec(name) ?? [];
	return whole === undefined ? null : { kind: "hub", id, revision: revision ?? "main", file: file ?? null };
}

/** Resolves a URL of the Hub's website to its model; other URLs stay URLs. */
function addressRef(name: string, endpoint: string): ModelRef | null {
	if (!URL.canParse(name)) return null;
	const url = new URL(name);
	if (![new URL(endpoint).origin, HUB].includes(url.origin)) return { kind: "url", url: url.href };
	const [owner, model, , revision, ...rest] = url.pathname.split("/").filter(Boolean).map(decodedPart);
	const file = rest.join("/");
	const id = `${owner}/${model}`;
	if (!ID.test(id)) return null;
	return { kind: "hub", id, revision: revision ?? "main", file: /\.gguf$/i.test(file) ? file : null };
}

/** A part of a URL's path as text; unchanged if its percent signs encode none. */
export function decodedPart(part: string): string {
	try {
		return decodeURIComponent(part);
	} catch {
		return part;
	}
}

/** Whether a repository path stays inside the folder it is written to. */
export function isPlainPath(path: string): boolean {
	return !/[\\:\0]/.test(path) && path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}
