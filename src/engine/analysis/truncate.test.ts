import { expect, test } from "vitest";
import { relativeError } from "../../cli/test-cli.ts";
import type { Adapter } from "../adapters/adapter.ts";
import { adapterFromPeft, loraFiles } from "../adapters/peft-adapter.ts";
import { valuesOf } from "../adapters/trainable.ts";
import { memoryFolder } from "../formats/index.ts";
import type { LoadedModel } from "../models/load.ts";
import { readPeftAdapter } from "../peft/index.ts";
import { lowRanks, truncatableUpdates } from "./low-rank.ts";
import { decompose } from "./spectrum.ts";
import { adapterWith, expected, fixtureAdapter, model, product, products, tensors } from "./test-adapters.ts";
import { truncatedAdapter, truncatedParams, truncation } from "./truncate.ts";

const decomposed = (name: string) => {
	const adapter = fixtureAdapter(name);
	return { adapter, modules: lowRanks(adapter, name).map(decompose) };
};
const NAMES = Object.keys(expected.adapters);

test.each(NAMES)(
	"adapter %s truncated to a lower rank is numpy's best approximation, with the new and the old layout",
	(name) => {
		const { adapter, modules } = decomposed(name);
		for (const [index, to] of [
			[0, () => 1],
			[1, (r: number) => r - 1],
		] as const) {
			const ranks = Object.fromEntries(modules.map(({ factors }) => [factors.path, to(factors.r)]));
			const cut = { rank: index + 1, ranks };
			const own = truncatedAdapter(model, adapter, modules, cut);
			const padded = { ...adapter, params: truncatedParams(adapter, modules, cut) };
			const report = truncation(adapter, modules, cut);
			const before = products(adapter);
			for (const found of [own, padded]) {
				const after = products(found);
				expect([...after.keys()]).toEqual(Object.keys(ranks));
				for (const [path, values] of after) {
					expect(relativeError(values, tensors.get(`${name}/${path}/cut ${ranks[path]}`)?.values ?? [])).toBeLessThan(
						1e-5,
					);
					const whole = before.get(path) ?? new Float64Array();
					const lost = Math.hypot(...values.map((value, i) => value - whole[i]));
					const row = report.modules.find((module) => module.path === path);
					expect(row?.error).toBeCloseTo(lost, 4);
					expect(row?.energy).toBeCloseTo(1 - (lost / Math.hypot(...whole)) ** 2, 5);
				}
			}
			expect(report.trainableParameters).toBe(own.layout.parameters);
			expect(own.layout.modules.map(({ r }) => r)).toEqual(Object.values(ranks));
		}
	},
);

test("scaling and rsLoRA stay; A and B each get the square roots of the singular values", () => {
	for (const name of NAMES) {
		const { adapter, modules } = decomposed(name);
		const cut = truncatedAdapter(model, adapter, modules, { rank: 2 });
		expect(cut.layout.settings.use_rslora).toBe(adapter.layout.settings.use_rslora);
		cut.layout.modules.forEach(({ scaling }, index) => {
			expect(scaling).toBeCloseTo(adapter.layout.modules[index].scaling, 12);
		});
		for (const { A, B } of lowRanks(cut, name)) expect(Math.hypot(...A)).toBeCloseTo(Math.hypot(...B), 4);
	}
});

test.each(NAMES)("adapter %s truncated module by module survives a round trip through PEFT's files", async (name) => {
	const { adapter, modules } = decomposed(name);
	const [first, second] = modules.map(({ factors }) => factors.path);
	const cut = truncatedAdapter(model, adapter, modules, { rank: 2, ranks: { [first]: 0, [second]: 1 } });
	expect(cut.layout.modules.map(({ module, r }) => [module.path, r])).toEqual(
		modules.slice(1).map(({ factors }) => [factors.path, factors.path === second ? 1 : 2]),
	);
	const loaded = { ...model, name: "tiny" } as LoadedModel;
	const files = loraFiles(loaded, cut);
	const folder = memoryFolder("cut", Object.fromEntries(files.map(({ path, bytes }) => [path, bytes])));
	const read = adapterFromPeft(loaded, await readPeftAdapter(folder), "cut");
	expect(products(read)).toEqual(products(cut));
});

test("truncation to the adapter's rank loses nothing; rank 0 for all modules is refused as an adapter", () => {
	const { adapter, modules } = decomposed("c");
	const whole = truncatedAdapter(model, adapter, modules, { rank: 5 });
	const before = products(adapter);
	for (const [path, values] of products(whole))
		expect(relativeError(values, before.get(path) ?? [])).toBeLessThan(1e-6);
	expect(truncation(adapter, modules, { rank: 5 })).toMatchObject({ energy: 1, error: 0 });
	expect(truncation(adapter, modules, { rank: 0 })).toMatchObject({ energy: 0, trainableParameters: 0 });
	expect(truncatedParams(adapter, modules, { rank: 0 }).every((value) => value === 0)).toBe(true);
	expect(() => truncatedAdapter(model, adapter, modules, { rank: 0 })).toThrow(/at rank 0 .* equals the base/);
});

test("ranks out of range and unknown modules are refused", () => {
	const { adapter, modules } = decomposed("a");
	const { path } = modules[0].factors;
	expect(() => truncation(adapter, modules, { rank: 4 })).toThrow(/cannot be truncated to rank 4: its rank here is 3/);
	expect(() => truncation(adapter, modules, { rank: -1 })).toThrow(/choose a whole number from 0 to 3/);
	expect(() => truncation(adapter, modules, { rank: 1.5 })).toThrow(/rank 1\.5/);
	expect(() => truncation(adapter, modules, { rank: 2, ranks: { [path]: 4 } })).toThrow(/truncated to rank 4.*q_proj/);
	expect(() => truncation(adapter, modules, { rank: 2, ranks: { q_proj: 1 } })).toThrow(/has no module q_proj/);
});

const reread = async (over: LoadedModel, adapter: Adapter) => {
	const files = loraFiles(over, adapter);
	const folder = memoryFolder("cut", Object.fromEntries(files.map(({ path, bytes }) => [path, bytes])));
	return adapterFromPeft(over, await readPeftAdapter(folder), "cut");
};
const cutProducts = (adapter: Adapter) =>
	new Map(truncatableUpdates(adapter, "test").map((factors) => [factors.path, product(factors)]));

test("DoRA: s · B · A is numpy's best approximation and magnitudes stay, in the old layout and in PEFT's files", async () => {
	const storedValues = (tensor: string) => tensors.get(`a/${tensor.replace(/\.(lora_[AB])\.weight$/, "/$1")}`)?.values;
	const dora = adapterWith(
		model,
		{ ...expected.adapters.a, use_dora: true },
		(tensor, element) => storedValues(tensor)?.[element] ?? 1 + element, // lora_magnitude_vector
	);
	const modules = truncatableUpdates(dora, "a").map(decompose);
	const cut = { rank: 1 };
	const own = truncatedAdapter(model, dora, modules, cut);
	const loaded = { ...model, name: "tiny" } as LoadedModel;
	const padded = { ...dora, params: truncatedParams(dora, modules, cut) };
	for (const found of [own, padded, await reread(loaded, own)]) {
		for (const [path, values] of cutProducts(found))
			expect(relativeError(values, tensors.get(`a/${path}/cut 1`)?.values ?? [])).toBeLessThan(1e-5);
		for (const { module, magnitude } of found.layout.modules) {
			if (magnitude === null) throw new Error("DoRA has magnitudes");
			expect([...valuesOf(found.params, magnitude)]).toEqual(Array.from({ length: module.out }, (_, i) => 1 + i));
		}
	}
	expect(truncation(dora, modules, cut).trainableParameters).toBe(own.layout.parameters);
	expect(() => truncatedAdapter(model, dora, modules, { rank: 0 })).toThrow(/DoRA at rank 0/);
	expect(() => lowRanks(dora, "a")).toThrow(/DoRA/); // a blend needs s · B · A alone
});

test("LoRA on the embedding and the head is truncated too, with the error that the singular values predict", async () => {
	const wide = { ...model, name: "tiny", config: { ...model.config, vocab_size: 37 } } as LoadedModel;
	const settings = { r: 3, lora_alpha: 6, target_modules: ["embed_tokens", "lm_head", "q_proj"] };
	const adapter = adapterWith(wide, settings, (name, i) => Math.sin(name.length + i * i));
	const modules = truncatableUpdates(adapter, "ends").map(decompose);
	const before = cutProducts(adapter);
	expect([...before.keys()]).toEqual(expect.arrayContaining(["model.embed_tokens", "lm_head"]));
	const cut = { rank: 2, ranks: { lm_head: 1 } };
	const own = truncatedAdapter(wide, adapter, modules, cut);
	const report = truncation(adapter, modules, cut);
	expect(report.trainableParameters).toBe(own.layout.parameters);
	for (const found of [own, { ...adapter, params: truncatedParams(adapter, modules, cut) }, await reread(wide, own)]) {
		const after = cutProducts(found);
		expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
		for (const { path, error } of report.modules) {
			const whole = before.get(path) ?? new Float64Array();
			const lost = Math.hypot(...(after.get(path) ?? []).map((value, i) => value - whole[i]));
			expect(Math.abs(lost - error)).toBeLessThan(1e-5 * Math.hypot(...whole));
		}
	}
});
