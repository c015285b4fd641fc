// A quantised base in the command, compared with the same base dequantised and written as float32: training, losses, tensors,
// logits and merging, within the tolerances of the PyTorch goldens. packed.test.ts checks the quantised values.
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeSafetensors } from "../engine/formats/index.ts";
import type { QuantisedFormat } from "../engine/kernels/weight-format.ts";
import { openModelFiles } from "../engine/models/load.ts";
import { weightValues } from "../engine/models/upload.ts";
import { testFolder } from "../engine/train/test-runtime.ts";
import { readTensors, relativeError, tabtune } from "./test-cli.ts";
import { expectTensors, resultOf } from "./test-golden.ts";

let dir = "";
beforeAll(async () => {
	dir = await mkdtemp(join(tmpdir(), "tabtune-quantised-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** The quantised base that training uses, dequantised to float32. */
async function dequantised(folder: string, dtype: QuantisedFormat): Promise<string> {
	const model = await openModelFiles(testFolder(folder), folder, dtype);
	const out = join(dir, `${folder.split("/").at(-1)}-${dtype}`);
	await mkdir(out);
	const tensors = [];
	for (const { name, shape } of model.family.weights(model.config))
		tensors.push({
			name,
			shape,
			dtype: "F32",
			bytes: new Uint8Array((await weightValues(model, name)).slice().buffer),
		});
	await writeFile(join(out, "model.safetensors"), writeSafetensors(tensors, { format: "pt" }));
	await copyFile(join(folder, "config.json"), join(out, "config.json"));
	return out;
}

describe.each([
	["odd", "int8"],
	["odd", "nf4"],
] as const)("%s over %s", (name, dtype) => {
	const folder = `fixtures/goldens/${name}`;
	let plain = "";
	const outs = { ours: "", plain: "" };
	const bases = () => ({ ours: ["--model", folder, "--dtype", dtype], plain: ["--model", plain] });
	const both = async <T>(work: (base: readonly string[], side: "ours" | "plain") => Promise<T>) => ({
		ours: await work(bases().ours, "ours"),
		plain: await work(bases().plain, "plain"),
	});

	test("losses within 1e-5, gradient norms within 1e-4, tensors within 1e-3 of their update", async () => {
		plain = await dequantised(folder, dtype);
		const lines = await both(async (base, side) => {
			outs[side] = join(dir, `${name}-${dtype}-${side}`);
			const run = ["--train-file", `${folder}/train.jsonl`, "--config", `${folder}/run.json`, "--quiet"];
			const short = ["--max-steps", "6", "--warmup-steps", "1"];
			const start = ["--adapter", `${folder}/init`, "--output-dir", outs[side]];
			await resultOf(["train", ...base, ...run, ...start, ...short]);
			const text = await readFile(join(outs[side], "metrics.jsonl"), "utf8");
			return text
				.trim()
				.split("\n")
				.map((line): { loss?: number; grad_norm?: number } => JSON.parse(line));
		});
		expect(lines.ours.length).toBeGreaterThanOrEqual(6);
		lines.ours.forEach(({ loss, grad_norm }, i) => {
			if (loss === undefined || grad_norm === undefined) return;
			expect(Math.abs(loss / (lines.plain[i].loss ?? 0) - 1)).toBeLessThan(1e-5);
			expect(Math.abs(grad_norm / (lines.plain[i].grad_norm ?? 0) - 1)).toBeLessThan(1e-4);
		});
		const [init, final, ours] = await Promise.all(
			[`${folder}/init`, outs.plain, outs.ours].map((path) => readTensors(join(path, "adapter_model.safetensors"))),
		);
		expectTensors(`${name} over ${dtype}`, { init, final, ours });
	});

	test("logits within 1e-4 of the largest, and different from those of the unquantised base", async () => {
		const logits = async (base: readonly string[], adapter: string) => {
			const output = join(dir, "logits.safetensors");
			await resultOf(["logits", ...base, "--adapter", adapter, "--input-ids", "5,9,2,7,31,8,8,40", "--output", output]);
			return (await readTensors(output)).get("logits")?.values ?? new Float32Array();
		};
		const { ours, plain: expected } = await both((base) => logits(base, outs.plain));
		expect(relativeError(ours, expected)).toBeLessThan(1e-4);
		expect(relativeError(await logits(["--model", folder], outs.plain), expected)).toBeGreaterThan(1e-3);
	});

	test("the merged model has the weights that training used, in 16 bits by default", async () => {
		const merged = await both(async (base, side) => {
			const out = join(dir, `${name}-${dtype}-merged-${side}`);
			await resultOf(["merge", ...base, "--adapter", outs.plain, "--output-dir", out, "--output-dtype", "float32"]);
			return readTensors(join(out, "model.safetensors"));
		});
		expect(merged.ours).toEqual(merged.plain);
		if (name !== "odd") return;
		const out = join(dir, `${name}-${dtype}-merged-16`);
		await resultOf(["merge", ...bases().ours, "--adapter", outs.plain, "--output-dir", out]);
		expect(JSON.parse(await readFile(join(out, "config.json"), "utf8")).dtype).toBe("bfloat16");
		const rows = ["--data", `${folder}/eval.jsonl`];
		const [unmerged, whole] = [
			await resultOf(["evaluate", ...bases().ours, "--adapter", outs.plain, ...rows]),
			await resultOf(["evaluate", "--model", out, ...rows]),
		];
		expect(Math.abs(whole.loss / unmerged.loss - 1)).toBeLessThan(1e-2);
	});
});

test("methods that change the base are rejected on a quantised one", async () => {
	const folder = "fixtures/goldens/odd";
	for (const [extra, message] of [
		[["--method", "full"], /a base loaded as nf4 cannot be fully fine-tuned \(method\)/],
		[["--init-lora-weights", "pissa"], /PiSSA initialises the adapter from the base's weights.*nf4/],
	] as const) {
		const out = join(dir, "refused");
		const paths = ["--model", folder, "--train-file", `${folder}/train.jsonl`, "--output-dir", out];
		const { status, stderr } = await tabtune(["train", ...paths, "--dtype", "nf4", ...extra]);
		expect(stderr).toMatch(message);
		expect(status).toBe(2);
	}
});
