// Finds a model at a URL outside the Hub: a .gguf file, or a Hugging Face folder whose files are requested by name. No checksums
// are available there; sizes come from the responses.

import { TabTuneError } from "../../shared/errors.ts";
import { hubMessage } from "../../shared/messages/index.ts";
import { sha256OfText } from "./checksum.ts";
import { type HubClient, request, textOf, withRetry } from "./http.ts";
import { decodedPart } from "./reference.ts";
import {
	BESIDE_WEIGHTS,
	INDEX,
	MORE_TEMPLATES,
	OLDER_TOKENIZER,
	type RemoteFile,
	type RemoteModel,
	SENTENCEPIECE,
	WEIGHTS,
} from "./remote.ts";
import { shardsOf } from "./repository.ts";

/** @throws TabTuneError "model" if there is no model at the URL */
export async function findAtAddress(line: HubClient, address: string): Promise<RemoteModel> {
	const url = new URL(address);
	const last = url.pathname.split("/").filter(Boolean).pop() ?? url.host;
	const isGguf = /\.gguf$/i.test(url.pathname);
	const name = decodedPart(isGguf ? last.slice(0, -".gguf".length) : last);
	const model = {
		name,
		revision: null,
		commit: null,
		source: address,
		license: null,
		parameters: null,
	};
	// A new version of a file at the same URL is a different model; stored bytes of the old version are not reused.
	const whole = (gguf: string | null, files: readonly Dated[]): RemoteModel => ({
		...model,
		gguf,
		files,
		key: `address--${sha256OfText(JSON.stringify([address, files.map(({ size, dated }) => [size, dated])])).slice(0, 16)}`,
	});
	if (isGguf) return whole("model.gguf", [await large(line, "model.gguf", address)]);
	const at = (path: string) => {
		const file = new URL(url);
		file.pathname = `${url.pathname.replace(/\/$/, "")}/${path}`;
		return file.href;
	};
	const those = async (paths: readonly string[]) =>
		(await Promise.all(paths.map((path) => smallFile(line, path, at(path))))).filter(isThere);
	const small = await those(BESIDE_WEIGHTS);
	const has = (path: string) => small.some((file) => file.path === path);
	if (!has("tokenizer.json")) {
		small.push(...(await those(OLDER_TOKENIZER)));
		const older = await largeFile(line, SENTENCEPIECE, at(SENTENCEPIECE));
		if (older !== null) small.push(older);
	}
	if (has("chat_template.jinja")) small.push(...(await those(MORE_TEMPLATES)));
	if (!has("config.json"))
		throw new TabTuneError("model", {
			what: hubMessage("noConfig"),
			where: address,
			next: hubMessage("noConfig.next"),
		});
	const index = await smallFile(line, INDEX, at(INDEX));
	const shards = index === null ? [WEIGHTS] : await shardsOf(line, index, address, null);
	const weights = await Promise.all(shards.map((path) => large(line, path, at(path))));
	return whole(null, [...small, ...(index === null ? [] : [index]), ...weights]);
}

interface Dated extends RemoteFile {
	readonly dated: string | null; // Last-Modified, as the server writes it
}

const isThere = (file: Dated | null): file is Dated => file !== null;

/** Downloads the file to learn its size, because Content-Length of a compressed response is smaller. Null if there is no file. */
async function smallFile(line: HubClient, path: string, url: string): Promise<Dated | null> {
	return withRetry(line, async () => {
		const response = await request(line, url, { what: path, orNull: true });
		if (response === null) return null;
		const text = await textOf(line, response, path);
		return { path, url, size: new TextEncoder().encode(text).length, hash: null, dated: dateOf(response) };
	});
}

async function large(line: HubClient, path: string, url: string): Promise<Dated> {
	return sized(path, url, await withRetry(line, () => request(line, url, { what: path, method: "HEAD" })));
}

/** A file whose bytes are no text; null if there is none. */
async function largeFile(line: HubClient, path: string, url: string): Promise<Dated | null> {
	const response = await withRetry(line, () => request(line, url, { what: path, method: "HEAD", orNull: true }));
	return response === null ? null : sized(path, url, response);
}

function sized(path: string, url: string, response: Response): Dated {
	const size = Number(response.headers.get("Content-Length") ?? Number.NaN);
	if (Number.isSafeInteger(size) && size > 0) return { path, url, size, hash: null, dated: dateOf(response) };
	throw new TabTuneError("model", {
		what: hubMessage("sizeUnknown", { path }),
		where: new URL(url).host,
		next: hubMessage("sizeUnknown.next"),
	});
}

const dateOf = ({ headers }: Response): string | null => headers.get("Last-Modified");
