// `tabtune serve` beside `tabtune generate`: the same answers, whole and streamed, of base and adapters.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tabtune } from "./test-cli.ts";

const MESSAGES = [{ role: "user", content: "Hello" }];
const GREEDY = { messages: MESSAGES, max_tokens: 8, temperature: 0 };

let folder: string;
let adapter: string;
let server: ChildProcess;
let url: string;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "tabtune-serve-"));
	adapter = join(folder, "pirate");
	const settings = ["--max-steps", "3", "--learning-rate", "1e-2", "--quiet"];
	const rows = ["--train-file", "public/gallery/pirate.jsonl"];
	const { status, stderr } = await tabtune(["train", "--model", "demo", ...rows, "--output-dir", adapter, ...settings]);
	expect(stderr).not.toContain("error");
	expect(status).toBe(0);
	const args = ["serve", "--model", "demo", "--adapters", `first=${adapter}`, "--port", "0", "--max-model-len", "64"];
	server = spawn(process.execPath, ["scripts/tabtune.mjs", ...args], { stdio: ["ignore", "pipe", "inherit"] });
	url = await new Promise((resolve, reject) => {
		server.stdout?.once("data", (line: Buffer) => resolve(JSON.parse(line.toString()).url));
		server.once("exit", () => reject(new Error("the server did not start")));
	});
});

afterAll(async () => {
	server?.kill();
	await rm(folder, { recursive: true, force: true });
});

async function post(path: string, body: unknown, type = "application/json"): Promise<{ status: number; text: string }> {
	const response = await fetch(url + path, {
		method: "POST",
		headers: { "content-type": type },
		body: JSON.stringify(body),
	});
	return { status: response.status, text: await response.text() };
}

const chat = async (body: object) => JSON.parse((await post("/v1/chat/completions", { ...GREEDY, ...body })).text);

async function generated(...more: string[]) {
	const args = ["generate", "--model", "demo", "--prompt", "Hello", "--chat", "--max-new-tokens", "8", ...more];
	return JSON.parse((await tabtune(args)).stdout);
}

test("base and adapter answer as generate does, in any order", async () => {
	const base = await generated();
	const tuned = await generated("--adapter", adapter);
	expect(tuned.text).not.toBe(base.text);
	for (const [model, one] of [
		["first", tuned],
		["demo", base],
		["first", tuned],
	] as const) {
		const { choices, usage } = await chat({ model });
		expect(choices[0].message).toEqual({ role: "assistant", content: one.text });
		expect(usage.prompt_tokens).toBe(one.input_ids.length);
		expect(usage.completion_tokens).toBe(one.output_ids.length);
	}
	// Two at once wait for each other.
	const both = await Promise.all([chat({ model: "demo" }), chat({ model: "first" })]);
	expect(both.map(({ choices }) => choices[0].message.content)).toEqual([base.text, tuned.text]);
});

test("a stream has the same text in pieces, and ends with [DONE]", async () => {
	const whole = await chat({ model: "demo" });
	const body = { ...GREEDY, model: "demo", stream: true, stream_options: { include_usage: true } };
	const { text } = await post("/v1/chat/completions", body);
	const events = text.trim().split("\n\n");
	expect(events.pop()).toBe("data: [DONE]");
	const chunks = events.map((event) => JSON.parse(event.replace(/^data: /, "")));
	expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
	const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }: { delta: { content?: string } }) => delta));
	expect(deltas[0].role).toBe("assistant");
	expect(deltas.map(({ content = "" }) => content).join("")).toBe(whole.choices[0].message.content);
	expect(chunks.at(-2).choices[0].finish_reason).toBe(whole.choices[0].finish_reason);
});

test("completions continue a text, up to a stop text", async () => {
	const whole = JSON.parse(
		(await post("/v1/completions", { model: "demo", prompt: "Once", max_tokens: 8, temperature: 0 })).text,
	);
	const [{ text, finish_reason }] = whole.choices;
	expect(finish_reason).toBe("length");
	const stop = text.slice(4, 7);
	const cut = await post("/v1/completions", { model: "demo", prompt: "Once", max_tokens: 8, temperature: 0, stop });
	expect(JSON.parse(cut.text).choices[0]).toMatchObject({
		text: text.slice(0, text.indexOf(stop)),
		finish_reason: "stop",
	});
});

test("adapters are added and removed while the server runs", async () => {
	const added = await post("/v1/load_lora_adapter", { lora_name: "second", lora_path: adapter });
	expect(JSON.parse(added.text).data.map(({ id }: { id: string }) => id)).toEqual(["demo", "first", "second"]);
	expect((await chat({ model: "second" })).choices[0]).toEqual((await chat({ model: "first" })).choices[0]);
	expect((await post("/v1/load_lora_adapter", { lora_name: "second", lora_path: adapter })).status).toBe(400);
	expect((await post("/v1/load_lora_adapter", { lora_name: "third", lora_path: folder })).status).toBe(400);
	expect((await post("/v1/unload_lora_adapter", { lora_name: "second" })).status).toBe(200);
	expect((await chat({ model: "second" })).error).toMatchObject({ param: "model", type: "not_found_error" });
});

test("requests that cannot be answered are refused with a reason", async () => {
	expect((await chat({ model: "demo", max_tokens: 100 })).error.param).toBe("max_tokens");
	expect((await chat({ model: "demo", tools: [{}] })).error.message).toContain("not supported");
	const long = await post("/v1/completions", { model: "demo", prompt: "word ".repeat(100) });
	expect([long.status, long.text]).toEqual([400, expect.stringContaining("the model allows 64")]);
	expect((await fetch(`${url}/v1/nothing`)).status).toBe(404);
	expect((await fetch(`${url}/health`)).status).toBe(200);
});

test("a web page cannot use the server: other content types and other hosts are refused", async () => {
	expect((await post("/v1/chat/completions", GREEDY, "text/plain")).status).toBe(415);
	const status = await new Promise((resolve, reject) => {
		const sent = request(`${url}/v1/models`, { headers: { host: "evil.example" } }, ({ statusCode }) =>
			resolve(statusCode),
		);
		sent.on("error", reject).end();
	});
	expect(status).toBe(403);
});

test("a port in use and a model name given twice are errors of the command line", async () => {
	const port = new URL(url).port;
	const taken = await tabtune(["serve", "--model", "demo", "--port", port]);
	expect([taken.status, taken.stderr]).toEqual([2, expect.stringContaining("another program uses it")]);
	const twice = await tabtune(["serve", "--model", "demo", "--adapters", `demo=${adapter}`]);
	expect([twice.status, twice.stderr]).toEqual([2, expect.stringContaining('two models are named "demo"')]);
});
