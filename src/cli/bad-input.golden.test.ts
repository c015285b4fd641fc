// Invalid input to the command: the error says what, where and what to do next, the status is 2 (3 without an adapter), stdout is
// empty and no file is partly written.
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tabtune } from "./test-cli.ts";

const GOLDEN = "fixtures/goldens/odd";
const ROWS = `${GOLDEN}/train.jsonl`;
let dir = "";
beforeAll(async () => {
	dir = await mkdtemp(join(tmpdir(), "tabtune-bad-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function file(name: string, content: string): Promise<string> {
	const path = join(dir, name);
	await writeFile(path, content);
	return path;
}

/** A copy of a model folder with one file changed. */
async function model(
	name: string,
	from: string,
	changed: string,
	change: (bytes: Buffer) => Buffer | string,
): Promise<string> {
	const path = join(dir, name);
	await cp(from, path, { recursive: true });
	await writeFile(join(path, changed), change(await readFile(join(path, changed))));
	return path;
}

const config = (change: (config: Record<string, unknown>) => void) => (bytes: Buffer) => {
	const value = JSON.parse(bytes.toString());
	change(value);
	return JSON.stringify(value);
};

async function refused(args: string[], message: RegExp, env: NodeJS.ProcessEnv = {}, status = 2): Promise<void> {
	const out = join(dir, "out");
	const run = await tabtune(
		args.map((arg) => (arg === "OUT" ? out : arg)),
		env,
	);
	const errors = run.stderr.split("\n").filter((line) => line.startsWith("error:"));
	expect(errors).toHaveLength(1);
	expect(errors[0]).toMatch(message);
	expect(errors[0]).toMatch(/: \S.*$/);
	expect(run.status).toBe(status);
	expect(run.stdout).toBe("");
	expect(
		await readdir(dir).then((names) => names.filter((name) => name === "out" || name.includes("partial"))),
	).toEqual([]);
}

const train = (modelPath: string, rows: string, ...more: string[]) => [
	"train",
	"--model",
	modelPath,
	"--train-file",
	rows,
	"--output-dir",
	"OUT",
	"--r",
	"4",
	...more,
];
const CHAT = '{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"yo"}]}\n';

test("not JSON at line 17", async () => {
	const rows = await file("l17.jsonl", `${'{"text":"a"}\n'.repeat(16)}{"text": oops}\n`);
	await refused(
		train("demo", rows),
		/line 17 is not JSON, at column 10.*l17\.jsonl, line 17.*one JSON object on each line/,
	);
});
test("an empty file", async () =>
	refused(train("demo", await file("empty.jsonl", "")), /contains no rows \(empty\.jsonl\)/));
test("files that are too large are rejected at once, by their size or their first line", async () => {
	for (const [name, bytes, message] of [
		["huge.txt", 3e8, "the file is 300 MB; the limit is 268 MB \\(huge.txt\\): use a part of it"],
		["huge.jsonl", 3e9, "the file is 3000 MB; the limit is 2147 MB \\(huge.jsonl\\): use a part of it"],
		["line.jsonl", 3e8, "line 1 is longer than 67108864 characters \\(line.jsonl\\)"],
	] as const) {
		const path = await file(name, "");
		await truncate(path, bytes); // a sparse file: it uses no disk space
		const started = performance.now();
		await refused(train("demo", path), new RegExp(message));
		expect(performance.now() - started).toBeLessThan(20_000);
		await rm(path);
	}
});
test("every token masked", async () =>
	refused(
		train(GOLDEN, await file("masked.jsonl", '{"input_ids":[5,6],"labels":[-100,-100]}\n')),
		/none of the 1 rows has a trained token \(masked\.jsonl\)/,
	));
test("unknown fields", async () =>
	refused(
		train("demo", await file("fields.jsonl", '{"question":"a","answr":"b"}\n')),
		/"question", "answr".*fields\.jsonl, line 1.*"prompt" and "completion"/,
	));
test("a truncated safetensors file", async () =>
	refused(
		train(await model("cut", GOLDEN, "model.safetensors", (b) => b.subarray(0, b.length - 100)), ROWS),
		/is truncated.*cut\/model\.safetensors/,
	));
test("overlapping tensors", async () => {
	const path = await model("overlap", GOLDEN, "model.safetensors", (bytes) => {
		const length = Number(bytes.readBigUInt64LE());
		const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
		const [, second] = Object.keys(header).filter((key) => key !== "__metadata__");
		header[second].data_offsets = header[second].data_offsets.map((n: number) => n - 4);
		const text = Buffer.from(JSON.stringify(header).padEnd(length));
		const head = Buffer.alloc(8);
		head.writeBigUInt64LE(BigInt(text.length));
		return Buffer.concat([head, text, bytes.subarray(8 + length)]);
	});
	await refused(train(path, ROWS), /overlaps.*overlap\/model\.safetensors/);
});
test("shapes that differ from config.json", async () =>
	refused(
		train(
			await model(
				"shapes",
				GOLDEN,
				"config.json",
				config((c) => Object.assign(c, { intermediate_size: 53 })),
			),
			ROWS,
		),
		/gate_proj\.weight is \[52, 36\], but config\.json says \[53, 36\]/,
	));
test("a config without a required key", async () =>
	refused(
		train(
			await model(
				"key",
				GOLDEN,
				"config.json",
				config((c) => Reflect.deleteProperty(c, "hidden_size")),
			),
			ROWS,
		),
		/the key "hidden_size" is missing \(key\/config\.json\)/,
	));
test("an unknown model_type", async () =>
	refused(
		train(
			await model(
				"type",
				GOLDEN,
				"config.json",
				config((c) => Object.assign(c, { model_type: "mamba" })),
			),
			ROWS,
		),
		/model_type "mamba" is not known.*llama/,
	));
test("an adapter for another base names the first module that differs", async () =>
	refused(
		train("demo", await file("chat.jsonl", CHAT), "--adapter", `${GOLDEN}/final`),
		/model\.layers\.0\.\S+ is \[\d+, \d+\] here, but the adapter's lora_[AB] is .*it was made for/,
	));
test("rank 0", async () =>
	refused(train("demo", await file("chat.jsonl", CHAT), "--r", "0"), /r is 0, but it must be a whole number from 1/));
test("a rank over the module's size names the module", async () =>
	refused(
		train("demo", await file("chat.jsonl", CHAT), "--r", "65"),
		/rank 65 does not fit model\.layers\.0\.self_attn\.k_proj.*from 1 to 64/,
	));
test("learning rate NaN, as a flag and in a file", async () => {
	const rows = await file("chat.jsonl", CHAT);
	await refused(
		train("demo", rows, "--learning-rate", "nan"),
		/learning_rate is NaN, but it must be a number greater than 0/,
	);
	await refused(
		train("demo", rows, "--config", await file("nan.json", '{"learning_rate": NaN}')),
		/nan\.json.*without NaN or Infinity/,
	);
});
test("a broken tokenizer", async () =>
	refused(
		train(
			await model("tok", "public/base-model", "tokenizer.json", () => '{"model": {"type":"BPE"'),
			await file("chat.jsonl", CHAT),
		),
		/not JSON.*tokenizer\.json/,
	));
test("a broken template, and one that rejects a row", async () => {
	const rows = await file("chat.jsonl", CHAT);
	await refused(
		train(
			await model("tmpl", "public/base-model", "chat_template.jinja", () => "{% for m in messages %}{{ m.content "),
			rows,
		),
		/the chat template cannot be parsed/,
	);
	await refused(
		train(
			await model("raises", "public/base-model", "chat_template.jinja", () => "{{ raise_exception('no such role') }}"),
			rows,
		),
		/no such role \(chat\.jsonl, line 1\)/,
	);
});
test("no space left", async () =>
	refused(
		["logits", "--model", GOLDEN, "--input-ids", "3,4", "--output", "/dev/full"],
		/no space is left on the disk \(\/dev\/full\)/,
	));
test("no adapter: status 3", async () =>
	refused(
		["logits", "--model", GOLDEN, "--input-ids", "3,4", "--output", "OUT"],
		/no usable GPU adapter.*Vulkan driver/,
		{ VK_ICD_FILENAMES: join(tmpdir(), "no-such-driver.json") },
		3,
	));
test("unknown option, command and setting suggest the nearest", async () => {
	const rows = await file("chat.jsonl", CHAT);
	await refused(
		train("demo", rows, "--learning-rat", "1"),
		/unknown option --learning-rat.*did you mean --learning-rate\?/,
	);
	await refused(["tran"], /unknown command "tran": did you mean "train"\?/);
	await refused(
		train("demo", rows, "--config", await file("near.json", '{"lora_alfa": 3}')),
		/unknown setting "lora_alfa".*near\.json.*"lora_alpha"/,
	);
});
test("an unknown precision and a broken Parquet file", async () => {
	await refused(
		["generate", "--model", "demo", "--dtype", "int4", "--prompt", "hi"],
		/--dtype is "int4".*use one of auto, float32, bfloat16, int8, nf4/,
	);
	await refused(train("demo", await file("rows.parquet", "PAR1")), /the Parquet file cannot be read.*rows\.parquet/s);
});
test("GGUF files that cannot be read", async () => {
	await refused(train("none.gguf", ROWS), /there is no such file \(none\.gguf\)/);
	await refused(train(await file("text.gguf", "no model"), ROWS), /it does not start with GGUF/);
});
test("adapters that another program does not support", async () => {
	const convert = (golden: string, to: string) => [
		"convert",
		"--model",
		golden,
		"--adapter",
		`${golden}/final`,
		"--to",
		to,
		"--output",
		"OUT",
	];
	for (const to of ["gguf", "mlx", "vllm"])
		await refused(convert("fixtures/goldens/dora", to), /an adapter with DoRA cannot be written for/);
	await refused(convert(GOLDEN, "onnx"), /--to is "onnx".*use one of gguf, peft, mlx, vllm, ollama/);
});
test("missing files and options", async () => {
	await refused(["train", "--model", "demo", "--train-file", ROWS], /--output-dir is missing/);
	await refused(train("no-such-folder", ROWS), /there is no such folder \(no-such-folder\)/);
	await refused(train("demo", join(dir, "none.jsonl")), /there is no such file/);
	await refused(train(GOLDEN, ROWS, "--resume-from-checkpoint", "latest"), /no checkpoint to resume from/);
});
