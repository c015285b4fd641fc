// The `serve` command: an OpenAI-compatible server of a model and its adapters on this machine.
import { once } from "node:events";
import { basename, resolve } from "node:path";
import type { Adapter } from "../../engine/adapters/adapter.ts";
import { readAdapterFolder } from "../../engine/adapters/adapter-files.ts";
import type { LoadedModel } from "../../engine/models/load.ts";
import { numberOr, type ParsedArgs, text } from "../args.ts";
import { cliError } from "../cli-error.ts";
import { openModel, processorOf, startGpu } from "../open.ts";
import { result, say } from "../output.ts";
import { ServedModel } from "../serve/served-model.ts";
import { createModelServer } from "../serve/server.ts";
import { adapterFolder } from "../trained.ts";
import { type Command, MODEL_OPTIONS } from "./command.ts";

const HOST = "127.0.0.1";
const DEFAULT_PORT = 8000;
/** Positions of the KV cache unless --max-model-len asks for others. */
const DEFAULT_LENGTH = 2048;

export const serveCommand: Command = {
	name: "serve",
	summary: "OpenAI-compatible server on 127.0.0.1: --model M [--adapters [NAME=]DIR,… --port N --max-model-len N]",
	options: {
		model: MODEL_OPTIONS.model,
		dtype: MODEL_OPTIONS.dtype,
		adapters: "text",
		port: "number",
		"max-model-len": "number",
		"served-model-name": "text",
	},
	acceptsSettings: false,
	async run(args) {
		const port = whole(args, "port", DEFAULT_PORT, 0, 65_535);
		const model = await openModel(args);
		const { max_position_embeddings } = model.config;
		const fallback = Math.min(DEFAULT_LENGTH, max_position_embeddings);
		const maxModelLen = whole(args, "max-model-len", fallback, 2, max_position_embeddings);
		const language = await processorOf(model);
		const name = text(args, "served-model-name") ?? basename(resolve(model.name));
		const adapters = await adaptersOf(args, model);
		if (adapters.has(name)) throw takenName(name);
		const runtime = await startGpu(model);
		const served = new ServedModel({ runtime, language, name, adapters, maxModelLen });
		const server = createModelServer(served, async (lora, path) => served.load(lora, await adapterAt(path, model)));
		server.listen(port, HOST);
		const stopped = new Promise<void>((done) => {
			for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => done());
		});
		await once(server, "listening").catch((cause: NodeJS.ErrnoException) => {
			throw cliError("usage", {
				what: `port ${port} cannot be used: ${cause.code === "EADDRINUSE" ? "another program uses it" : cause.message}`,
				where: "tabtune serve",
				next: "choose another with --port N, or --port 0 for any free one",
			});
		});
		const address = server.address();
		const url = `http://${HOST}:${typeof address === "object" ? address?.port : port}`;
		say(`serving ${served.names().join(", ")} at ${url}/v1; Ctrl-C stops`);
		await result({ url, models: served.names(), max_model_len: maxModelLen });
		await stopped;
		server.closeAllConnections();
		server.close();
	},
};

/** The adapters of --adapters by name: NAME=DIR, or DIR, whose last part is the name. */
async function adaptersOf(args: ParsedArgs, model: LoadedModel): Promise<Map<string, Adapter>> {
	const adapters = new Map<string, Adapter>();
	for (const entry of text(args, "adapters")?.split(",") ?? []) {
		const [, named, path = ""] = /^(?:([^=/\\]+)=)?(.*)$/s.exec(entry.trim()) ?? [];
		const name = named ?? basename(resolve(path));
		if (adapters.has(name)) throw takenName(name);
		adapters.set(name, await adapterAt(path, model));
	}
	return adapters;
}

async function adapterAt(path: string, model: LoadedModel): Promise<Adapter> {
	return readAdapterFolder(model, await adapterFolder(path), path);
}

function takenName(name: string) {
	return cliError("usage", {
		what: `two models are named "${name}"`,
		where: "--adapters",
		next: "name the adapters: --adapters first=DIR,second=DIR",
	});
}

function whole(args: ParsedArgs, name: string, fallback: number, low: number, high: number): number {
	const value = numberOr(args, name, fallback);
	if (Number.isInteger(value) && value >= low && value <= high) return value;
	throw cliError("usage", {
		what: `--${name} is ${value}`,
		where: "tabtune serve",
		next: `use a whole number from ${low} to ${high}`,
	});
}
