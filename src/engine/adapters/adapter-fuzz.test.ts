// Changed adapters, as folders and as zips, are read or refused; an adapter that was read has finite numbers and can be exported.
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { changedBytes, changedJson, changedSafetensors, fuzz, type Random } from "../../shared/test-fuzz.ts";
import { type ModelFolder, memoryFolder } from "../formats/index.ts";
import { fixtureBytes, fixtureFolder } from "../formats/test-tools.ts";
import { adapterZipFolder, zipFiles } from "../formats/zip.ts";
import { type LoadedModel, openModelFiles } from "../models/load.ts";
import { exportAdapter, readAdapterFolder } from "./adapter-files.ts";

type Files = Record<string, Uint8Array<ArrayBuffer>>;
const NAMES = [
	...["odd", "dora", "ends", "saved-head-norms", "saved-embed-tied", "biases-all", "prompt-random", "lora-prompt"],
	...["bottleneck-pfeiffer-gelu", "bottleneck-houlsby", "lora-bottleneck", "full-tied-bf16", "tokens-apart"],
];
const ADAPTERS = await Promise.all(
	NAMES.map(async (name) => {
		const model = await openModelFiles(fixtureFolder(`goldens/${name}`), name);
		return { model, files: filesIn(`goldens/${name}/final`) };
	}),
);
const KEYS = [
	"target_modules",
	"exclude_modules",
	"rank_pattern",
	"alpha_pattern",
	"layers_pattern",
	"modules_to_save",
];
const VALUES = [
	...["(.*)*x", "([a-z_.0-9]+)+!", "(?P<n>q)_proj", ["(.*)+$"], { "(.*)*x": 3 }, { q_proj: 1e9 }, 1e9, -1, 2 ** 40],
	...[[1e9], [0.5], ["lm_head", "none"], ["embed_tokens", "embed_tokens"]],
];

/** The files of a folder and of the folders in it. */
function filesIn(folder: string): Files {
	const entries = readdirSync(`fixtures/${folder}`, { withFileTypes: true });
	return Object.fromEntries(
		entries.flatMap((entry): [string, Uint8Array<ArrayBuffer>][] => {
			const path = `${folder}/${entry.name}`;
			if (entry.isFile()) return /\.(json|safetensors)$/.test(entry.name) ? [[entry.name, fixtureBytes(path)]] : [];
			return Object.entries(filesIn(path)).map(([name, bytes]) => [`${entry.name}/${name}`, bytes]);
		}),
	);
}

function changedAdapter(random: Random, given: Files): Files {
	const name = random.oneOf(Object.keys(given));
	if (!name.endsWith(".json")) return { ...given, [name]: changedSafetensors(random, given[name]) };
	const config = JSON.parse(new TextDecoder().decode(given[name])) as Record<string, unknown>;
	if (random.chance(0.3)) config[random.oneOf([...KEYS, "layers_to_transform", "r"])] = random.oneOf(VALUES);
	const text = random.chance(0.8) ? changedJson(random, config) : JSON.stringify(config);
	return { ...given, [name]: new TextEncoder().encode(text) };
}

async function read({ model, folder }: { model: LoadedModel; folder: () => ModelFolder }): Promise<void> {
	const adapter = await readAdapterFolder(model, folder(), "a");
	expect(adapter.params.every(Number.isFinite)).toBe(true);
	await exportAdapter(model, adapter);
}

const sizeOf = (files: Files) => Object.values(files).reduce((sum, { length }) => sum + length, 0);

test("folders of adapters", async () => {
	const counts = await fuzz((random) => {
		const { model, files } = random.oneOf(ADAPTERS);
		const changed = changedAdapter(random, files);
		return { input: { model, folder: () => memoryFolder("a", changed) }, size: sizeOf(changed) };
	}, read);
	expect(counts.read).toBeGreaterThan(0);
});

const PLACES = ["../", "/etc/", "C:\\", "a/../../", "__proto__/", "constructor/", "lora/", "\0", "a/".repeat(5000)];

test("zips of adapters", async () => {
	const counts = await fuzz((random) => {
		const { model, files } = random.oneOf(ADAPTERS);
		const kind = random.below(3);
		const given = kind === 0 ? changedAdapter(random, files) : files;
		const moved = kind === 1 ? random.oneOf(Object.keys(given)) : "";
		const entries = Object.entries(given).map(([path, bytes]) => ({
			path: path === moved ? random.oneOf(PLACES) + path : path,
			bytes,
		}));
		const zip = zipFiles(entries);
		const bytes = kind === 2 ? changedBytes(random, zip, random.chance(0.5) ? 200 : zip.length) : zip;
		return { input: { model, folder: () => adapterZipFolder(bytes, "a.zip") }, size: bytes.length };
	}, read);
	expect(counts.read).toBeGreaterThan(0);
});
