// The HTTP server: OpenAI's completion endpoints, and vLLM's for adapters. It listens on this machine only, and refuses
// requests that a web page could send: another Host header, or a body that is not application/json.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { errorBody, HttpError, statusOf } from "./http-error.ts";
import { type CompletionRequest, chatRequest, textRequest } from "./requests.ts";
import type { Completion, ServedModel } from "./served-model.ts";

const LARGEST_BODY = 16 * 2 ** 20;
const LOCAL_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

/** Adds the adapter of a folder. @throws TabTuneError if it cannot be read or is for another base */
export type LoadAdapter = (name: string, path: string) => Promise<void>;

type Handler = (body: JsonObject, response: ServerResponse) => Promise<void> | void;

export function createModelServer(model: ServedModel, loadAdapter: LoadAdapter): Server {
	const created = Math.floor(Date.now() / 1000);
	let count = 0;
	const complete =
		(kind: Kind, read: typeof chatRequest): Handler =>
		(body, response) =>
			answer(model, kind, read(body, model.language), `${kind.prefix}-${++count}`, response);
	const models = () => ({
		object: "list",
		data: model.names().map((id) => ({
			id,
			object: "model",
			created,
			owned_by: "tabtune",
			root: model.name,
			parent: id === model.name ? null : model.name,
			max_model_len: model.maxModelLen,
		})),
	});
	const routes: Readonly<Record<string, Handler>> = {
		"GET /health": (_, response) => send(response, 200, {}),
		"GET /v1/models": (_, response) => send(response, 200, models()),
		"POST /v1/chat/completions": complete(CHAT, chatRequest),
		"POST /v1/completions": complete(TEXT, textRequest),
		"POST /v1/load_lora_adapter": async (body, response) => {
			await loadAdapter(textOf(body, "lora_name"), textOf(body, "lora_path"));
			send(response, 200, models());
		},
		"POST /v1/unload_lora_adapter": (body, response) => {
			model.unload(textOf(body, "lora_name"));
			send(response, 200, models());
		},
	};
	return createServer(async (request, response) => {
		try {
			const path = new URL(request.url ?? "/", "http://localhost").pathname;
			if (!LOCAL_HOST.test(request.headers.host ?? ""))
				throw new HttpError(403, "the Host header names another machine");
			const handler = routes[`${request.method} ${path}`];
			if (handler === undefined) throw new HttpError(404, `there is no ${request.method} ${path}`);
			await handler(request.method === "POST" ? await bodyOf(request) : {}, response);
		} catch (thrown) {
			if (response.headersSent) response.end(`data: ${JSON.stringify(errorBody(thrown))}\n\n`);
			else send(response, statusOf(thrown), errorBody(thrown));
		}
	});
}

/** How an endpoint shows a text, whole or in pieces. */
interface Kind {
	readonly prefix: string;
	readonly object: string;
	readonly chunkObject: string;
	readonly choice: (text: string) => JsonObject;
	readonly chunk: (text: string | null, first: boolean) => JsonObject;
}

const CHAT: Kind = {
	prefix: "chatcmpl",
	object: "chat.completion",
	chunkObject: "chat.completion.chunk",
	choice: (content) => ({ message: { role: "assistant", content } }),
	chunk: (content, first) => ({
		delta: { ...(first ? { role: "assistant" } : {}), ...(content === null ? {} : { content }) },
	}),
};

const TEXT: Kind = {
	prefix: "cmpl",
	object: "text_completion",
	chunkObject: "text_completion",
	choice: (text) => ({ text }),
	chunk: (text) => ({ text: text ?? "" }),
};

async function answer(
	model: ServedModel,
	kind: Kind,
	request: CompletionRequest,
	id: string,
	response: ServerResponse,
): Promise<void> {
	model.require(request.model);
	let open = true;
	response.on("close", () => {
		open = false;
	});
	const head = { id, created: Math.floor(Date.now() / 1000), model: request.model };
	const choice = (fields: JsonObject, finish_reason: string | null) => ({
		choices: [{ index: 0, ...fields, logprobs: null, finish_reason }],
	});
	if (!request.stream) {
		const done = await model.complete(request, () => open);
		send(response, 200, {
			...head,
			object: kind.object,
			...choice(kind.choice(done.text), done.finish_reason),
			usage: usageOf(done),
		});
		return;
	}
	const write = (fields: object) => {
		if (!response.headersSent)
			response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
		response.write(`data: ${JSON.stringify({ ...head, object: kind.chunkObject, ...fields })}\n\n`);
	};
	let first = true;
	const done = await model.complete(request, (piece) => {
		if (open) write(choice(kind.chunk(piece, first), null));
		first = false;
		return open;
	});
	write(choice(kind.chunk(null, first), done.finish_reason));
	if (request.includeUsage) write({ choices: [], usage: usageOf(done) });
	response.end("data: [DONE]\n\n");
}

const usageOf = ({ prompt_tokens, completion_tokens }: Completion) => ({
	prompt_tokens,
	completion_tokens,
	total_tokens: prompt_tokens + completion_tokens,
});

function send(response: ServerResponse, status: number, body: object): void {
	response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<JsonObject> {
	// A web page can send other types to a server of this machine without asking it first.
	if (!/^application\/json\b/i.test(request.headers["content-type"] ?? ""))
		throw new HttpError(415, "the content type must be application/json");
	const pieces: Buffer[] = [];
	let length = 0;
	for await (const piece of request) {
		length += (piece as Buffer).length;
		if (length > LARGEST_BODY) throw new HttpError(413, `the body is over ${LARGEST_BODY} bytes`);
		pieces.push(piece as Buffer);
	}
	let body: unknown;
	try {
		body = JSON.parse(Buffer.concat(pieces).toString("utf8"));
	} catch (cause) {
		throw new HttpError(400, `the body is not JSON: ${(cause as Error).message}`);
	}
	if (!isObject(body)) throw new HttpError(400, "the body is not a JSON object");
	return body as JsonObject;
}

function textOf(body: JsonObject, name: string): string {
	const value = body[name];
	if (typeof value !== "string" || value === "") throw new HttpError(400, "must be a text", name);
	return value;
}
