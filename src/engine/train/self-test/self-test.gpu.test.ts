import { readdir, readFile } from "node:fs/promises";
import { afterAll, expect, test } from "vitest";
import { randomFolder } from "../../../../bench/model-shapes.ts";
import { textOf } from "../../../shared/messages/message.ts";
import { DEFAULT_SETTINGS } from "../../../shared/settings.ts";
import { adapterLayout } from "../../adapters/layout.ts";
import type { RunSettings } from "../../api.ts";
import { graphFor, lowered } from "../../executor/plan.ts";
import { testGpu } from "../../executor/test-gpu.ts";
import { type KernelCall, type KernelSpec, shaderText } from "../../kernels/kernel.ts";
import { Pipelines } from "../../kernels/pipelines.ts";
import type { MatmulVariant, Tuning } from "../../kernels/tuning.ts";
import { defaultTable, tuningFor } from "../../kernels/tuning-defaults.ts";
import { openModelFiles } from "../../models/load.ts";
import type { TuningStore } from "../device-tuning.ts";
import { updateGraph } from "../graphs.ts";
import type { ModelRuntime } from "../runtime.ts";
import { resolveSettings } from "../settings.ts";
import { testFolder } from "../test-runtime.ts";
import { planTraining } from "../training-plan.ts";
import { miniature } from "./miniature.ts";
import { selfTested, testKernels } from "./self-test.ts";
import { TestedKernels } from "./tested-kernels.ts";

const gpu = await testGpu();
afterAll(() => gpu.destroy());

/** Products that compile fast, with the passes and the attention of GPUs. */
const DIRECT: MatmulVariant = { strategy: "direct", rows: 2, columns: 2, unroll: 1, threads: 32 };
const TUNING: Tuning = {
	matmul: () => DIRECT,
	attentionQueries: 32,
	mergeDispatches: true,
	rowThreads: 64,
};

async function graphsOf(
	shape: string,
	own?: Readonly<Record<string, unknown>>,
	tokens = 128,
	precision: RunSettings["precision"] = "f32",
) {
	const model = await openModelFiles(await randomFolder(shape, own), shape);
	const settings = { ...DEFAULT_SETTINGS, r: 8, target_modules: "all-linear", max_length: tokens, precision };
	const layout = adapterLayout(model, settings);
	return [planTraining(model, layout, { tokens, targets: tokens }, settings).graph, updateGraph(layout, settings)];
}

const SMALL = {
	hidden_size: 64,
	intermediate_size: 96,
	num_hidden_layers: 2,
	num_attention_heads: 4,
	num_key_value_heads: 2,
	vocab_size: 400,
};

function storeOf(files: Map<string, string>): TuningStore {
	return {
		agent: "a browser",
		read: async (file) => files.get(file) ?? null,
		write: async (file, text) => void files.set(file, text),
	};
}

/** A new device object, for which nothing is known in memory. */
async function session(
	files: Map<string, string>,
	tuning: Tuning,
	faulty?: (kernel: KernelSpec, constants: KernelCall["constants"]) => string,
) {
	const fresh = await testGpu();
	const pipelines = new Pipelines(fresh);
	if (faulty !== undefined) {
		const { get } = pipelines;
		pipelines.get = ({ kernel, constants }) =>
			get.call(pipelines, { kernel: { ...kernel, source: faulty(kernel, constants) }, constants });
	}
	const runtime = { gpu: fresh, pipelines, tuning, store: storeOf(files) } as unknown as ModelRuntime;
	return { fresh, runtime, pipelines };
}

test.each(["SmolLM2-135M", "DistilGPT2", "Qwen3-0.6B"])(
	"the small problems of %s use the shaders of the run",
	async (shape) => {
		const tuning = tuningFor("gpu", defaultTable("gpu"));
		const { limits: of } = gpu.device;
		const limits = {
			maxStorageBufferBindingSize: 2 ** 31 - 4,
			maxComputeWorkgroupsPerDimension: of.maxComputeWorkgroupsPerDimension,
			maxComputeInvocationsPerWorkgroup: of.maxComputeInvocationsPerWorkgroup,
			maxComputeWorkgroupStorageSize: of.maxComputeWorkgroupStorageSize,
		};
		const missed = new Set<string>();
		for (const given of await graphsOf(shape, undefined, 512)) {
			const graph = graphFor(given, tuning);
			const textsOf = (
				...[of, with_]: Parameters<typeof lowered> extends [infer G, infer T, ...unknown[]] ? [G, T] : never
			) => lowered(of, with_, limits).map(({ call }) => shaderText(call.kernel, call.constants));
			const seen = new Set<string>();
			for (const node of graph.nodes) {
				const variants: MatmulVariant[] = [];
				const recorded = textsOf(
					{ ...graph, nodes: [node] },
					{
						...tuning,
						matmul(one) {
							variants.push(tuning.matmul(one));
							return tuning.matmul(one);
						},
					},
				);
				if (recorded.every((text) => seen.has(text))) continue;
				for (const text of recorded) seen.add(text);
				const small = miniature(graph, node);
				if (small === null) {
					missed.add(node.op);
					continue;
				}
				let next = 0;
				const replayed = textsOf(
					{ ...small.graph, nodes: small.graph.nodes.slice(-1) },
					{ ...tuning, matmul: () => variants[next++ % variants.length] },
				);
				if (recorded.join() !== replayed.join()) missed.add(`${node.op} ${node.name}`);
			}
		}
		expect([...missed]).toEqual([]);
	},
);

test("every kernel of a run passes, and the next session tests nothing", async () => {
	const files = new Map<string, string>();
	const graphs = await graphsOf("small", SMALL);
	const first = await session(files, TUNING);
	const report = await testKernels(
		graphs,
		first.pipelines,
		TUNING,
		await TestedKernels.of(first.fresh, storeOf(files)),
	);
	expect(report).toMatchObject({ wrong: [], untested: [] });
	expect(report.shaders).toBeGreaterThan(20);
	expect(first.fresh.allocated.buffers).toBeLessThanOrEqual(2); // the staging and fence buffers
	first.fresh.destroy();
	expect(files.size).toBe(1);
	const second = await session(files, TUNING);
	const tested = await TestedKernels.of(second.fresh, storeOf(files));
	expect(await testKernels(graphs, second.pipelines, TUNING, tested)).toMatchObject({ nodes: 0, wrong: [] });
	second.fresh.destroy();
});

test("the kernels of every golden run pass", async () => {
	const { fresh, pipelines } = await session(new Map(), TUNING);
	const tested = await TestedKernels.of(fresh, undefined);
	for (const name of await readdir("fixtures/goldens")) {
		const path = `fixtures/goldens/${name}`;
		const text = await readFile(`${path}/run.json`, "utf8").catch(() => null);
		if (text === null) continue;
		const model = await openModelFiles(testFolder(path), path).catch(() => null);
		if (model === null) continue;
		const settings = resolveSettings(JSON.parse(text), "run.json");
		const layout = adapterLayout(model, settings);
		const graphs = [
			planTraining(model, layout, { tokens: 96, targets: 80 }, settings).graph,
			updateGraph(layout, settings),
		];
		const report = await testKernels(graphs, pipelines, { matmul: () => DIRECT }, tested);
		expect(report.wrong, name).toEqual([]);
		for (const kernel of report.untested) expect(["id-chains", "add-by-id"]).toContain(kernel);
	}
	fresh.destroy();
});

test("the kernels of mixed precision pass", async () => {
	const graphs = await graphsOf("small", SMALL, 128, "mixed");
	const { fresh, pipelines } = await session(new Map(), TUNING);
	for (const float16 of fresh.has("shader-f16") ? [false, true] : [false]) {
		const tuning = { ...TUNING, mergeDispatches: false, float16 };
		const tested = await TestedKernels.of(fresh, undefined);
		expect(await testKernels(graphs, pipelines, tuning, tested)).toMatchObject({ wrong: [] });
	}
	fresh.destroy();
});

test.each([
	["attention-block", "params.scale", "(1.01 * params.scale)"],
	["norm-sum", "params.eps", "(params.eps + 0.1)"],
	["matmul-lanes", "params.scale0", "1.5"],
])("a wrong %s is replaced by a kernel that computes right values", async (kernel, right, wrong) => {
	const graphs = await graphsOf("small", SMALL);
	const tuning = { ...TUNING, mergeDispatches: kernel === "norm-sum" };
	const { fresh, runtime } = await session(new Map(), tuning, ({ name, source }, { COLUMNS }) => {
		const faulty = name.startsWith(kernel) && (kernel !== "matmul-lanes" || COLUMNS === DIRECT.columns);
		return faulty ? source.replaceAll(right, wrong) : source;
	});
	const { runtime: safe, warnings } = await selfTested(runtime, graphs);
	expect(warnings.map(textOf).join()).toContain(kernel);
	expect(safe.tuning).not.toEqual(runtime.tuning);
	fresh.destroy();
});

test("a run is refused by the name of a wrong kernel that has no replacement", async () => {
	const graphs = await graphsOf("small", SMALL);
	const { fresh, runtime } = await session(new Map(), TUNING, ({ source, name }) =>
		name.startsWith("adamw") ? source.replaceAll("params.beta1", "(0.9 * params.beta1)") : source,
	);
	await expect(selfTested(runtime, graphs)).rejects.toThrow(/self-test of adamw/);
	fresh.destroy();
});
