import { strToU8, type Zippable, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { TabTuneError } from "../../shared/errors.ts";
import { readPeftAdapter } from "../peft/lora-files.ts";
import { errorOf, fixtureBytes, randomInts } from "./test-tools.ts";
import { adapterZipFolder, zipFiles } from "./zip.ts";

const CONFIG = fixtureBytes("peft-tiny/adapter_config.json");
const WEIGHTS = fixtureBytes("peft-tiny/adapter_model.safetensors");
const ADAPTER = { "adapter_config.json": CONFIG, "adapter_model.safetensors": WEIGHTS };

describe("adapterZipFolder", () => {
	it("unpacks what zipFiles packed", async () => {
		const zip = zipFiles(
			Object.entries({ ...ADAPTER, "README.md": strToU8("# é") }).map(([path, bytes]) => ({ path, bytes })),
		);
		const folder = adapterZipFolder(zip, "my.zip");
		expect((await folder.list()).sort()).toEqual(["README.md", "adapter_config.json", "adapter_model.safetensors"]);
		const source = await folder.open("adapter_model.safetensors");
		expect(await source.read(0, source.size)).toEqual(WEIGHTS);
		expect(await folder.text("README.md")).toBe("# é");
	});

	it.each<[string, Zippable]>([
		["a folder inside", { out: ADAPTER }],
		["two folders inside", { a: { b: ADAPTER } }],
		[
			"compression",
			{ "adapter_config.json": [CONFIG, { level: 9 }], "adapter_model.safetensors": [WEIGHTS, { level: 9 }] },
		],
		["what macOS adds", { out: ADAPTER, __MACOSX: { out: { "adapter_config.json": strToU8("x") } } }],
		["backslashes", { "out\\adapter_config.json": CONFIG, "out\\adapter_model.safetensors": WEIGHTS }],
		[
			"checkpoints' other files and a README above",
			{ "README.md": strToU8("x"), out: { ...ADAPTER, "optimizer.pt": strToU8("x") } },
		],
	])("reads a zip with %s", async (_, content) => {
		const folder = adapterZipFolder(zipSync(content), "my.zip");
		expect((await folder.list()).sort()).toEqual(["adapter_config.json", "adapter_model.safetensors"]);
		expect((await readPeftAdapter(folder)).tensors).toHaveLength(8);
	});

	it.each<[string, Zippable, string[]]>([
		["side by side", { lora: ADAPTER, prompt_tuning: ADAPTER }, ["lora/", "prompt_tuning/"]],
		["in a folder", { out: { lora: ADAPTER, prompt_tuning: ADAPTER } }, ["lora/", "prompt_tuning/"]],
		["alone", { lora: ADAPTER }, [""]],
	])("reads the folders of methods %s", async (_, content, folders) => {
		const folder = adapterZipFolder(zipSync(content), "my.zip");
		const files = folders.flatMap((part) => Object.keys(ADAPTER).map((file) => part + file));
		expect((await folder.list()).sort()).toEqual(files.sort());
	});

	it("unpacks a tokenizer, templates and the files of other programs beside the adapter", async () => {
		const language = { "tokenizer.json": strToU8("{}"), "chat_template.jinja": strToU8("J") };
		const more = { additional_chat_templates: { "tool.jinja": strToU8("T") }, "trainer_state.json": strToU8("{}") };
		const peft = adapterZipFolder(
			zipSync({ "tokenizer.json": strToU8("[]"), out: { ...ADAPTER, ...language, ...more } }),
			"my.zip",
		);
		expect((await peft.list()).sort()).toEqual(
			[...Object.keys(ADAPTER), ...Object.keys(language), "additional_chat_templates/tool.jinja"].sort(),
		);
		expect(await peft.text("tokenizer.json")).toBe("{}");
		const several = { out: { lora: ADAPTER, prompt_tuning: ADAPTER, "chat_template.jinja": strToU8("J") } };
		expect(await adapterZipFolder(zipSync(several), "my.zip").list()).toContain("chat_template.jinja");
		const mlx = { "adapter_config.json": CONFIG, "adapters.safetensors": WEIGHTS };
		expect((await adapterZipFolder(zipSync(mlx), "mlx.zip").list()).sort()).toEqual(Object.keys(mlx).sort());
		expect(await adapterZipFolder(zipSync({ "lora.gguf": WEIGHTS }), "gguf.zip").list()).toEqual(["lora.gguf"]);
	});

	it.each<[string, Uint8Array, string]>([
		["a file that is not a zip", strToU8("hello"), "this is not a zip"],
		["an empty file", new Uint8Array(0), "this is not a zip"],
		["a truncated zip", zipSync(ADAPTER).slice(0, -40), "this is not a zip"],
		["no adapter", zipSync({ "README.md": strToU8("x") }), "there is no adapter in the zip"],
		["two adapters", zipSync({ a: ADAPTER, b: ADAPTER }), "several adapters: a/, b/"],
		[
			"two adapters, one in a folder with a method's name",
			zipSync({ a: ADAPTER, lora: ADAPTER }),
			"several adapters: a/, lora/",
		],
		["a path that leaves the folder", zipSync({ "../../adapter_config.json": CONFIG }), "points outside its folder"],
		["an absolute path", zipSync({ "/etc/adapter_config.json": CONFIG }), "points outside its folder"],
	])("refuses %s", async (_, zip, message) => {
		const error = await errorOf(() => adapterZipFolder(zip, "my.zip"));
		expect(error.code).toBe("adapter");
		expect(error.parts.where).toBe("my.zip");
		expect(error.message).toContain(message);
	});

	it("leaves it to the reader of the folder to report a missing file", async () => {
		const folder = adapterZipFolder(zipSync({ "adapter_config.json": CONFIG }), "my.zip");
		expect((await errorOf(() => readPeftAdapter(folder))).message).toContain(
			"adapter_model.safetensors is missing (my.zip)",
		);
	});

	it("refuses decompression bombs before it unpacks them", async () => {
		const small = zipSync({
			"adapter_config.json": CONFIG,
			"adapter_model.safetensors": [new Uint8Array(1000), { level: 9 }],
		});
		const claim = (bytes: number) => {
			const zip = small.slice();
			const view = new DataView(zip.buffer);
			for (let at = 0; at < zip.length - 46; at++) {
				if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, bytes, true); // central directory: unpacked size
			}
			return errorOf(() => adapterZipFolder(zip, "bomb.zip"));
		};
		expect((await claim(0xf0000000)).message).toContain("more than 2 GiB");
		expect((await claim(200_000_000)).message).toContain("this is not an adapter");
	});

	it("rejects a zip whose files have more bytes than it states", async () => {
		const zip = zipSync({
			"adapter_config.json": CONFIG,
			"adapter_model.safetensors": [new Uint8Array(2 ** 26), { level: 9 }],
		});
		const view = new DataView(zip.buffer);
		for (let at = 0; at < zip.length - 46; at++) {
			if (view.getUint32(at, true) === 0x02014b50 && view.getUint32(at + 24, true) === 2 ** 26)
				view.setUint32(at + 24, 1000, true);
		}
		expect((await errorOf(() => adapterZipFolder(zip, "liar.zip"))).message).toContain("its checksum differs");
	});

	it("rejects every flipped bit of a file", async () => {
		const zip = zipFiles([
			{ path: "adapter_config.json", bytes: CONFIG },
			{ path: "adapter_model.safetensors", bytes: new Uint8Array(500) },
		]);
		const start = zip.findIndex((_, at) => zip.subarray(at, at + 50).every((byte) => byte === 0));
		for (let at = start; at < start + 400; at += 7) {
			const flipped = zip.slice();
			flipped[at] ^= 1 << (at % 8);
			expect(() => adapterZipFolder(flipped, "a.zip")).toThrow(TabTuneError);
		}
	});

	it("throws only TabTuneErrors for damaged zips", async () => {
		const original = zipSync({ out: ADAPTER }, { level: 6 });
		const random = randomInts(17);
		let refused = 0;
		for (let round = 0; round < 200; round++) {
			const zip = original.slice(0, random(3) === 0 ? random(original.length) : original.length);
			for (let edits = random(4); edits > 0; edits--) {
				const at = random(2) ? random(zip.length) : Math.max(0, zip.length - 1 - random(250));
				if (zip.length > 0) zip[at] = random(256);
			}
			try {
				await readPeftAdapter(adapterZipFolder(zip, "mutant"));
			} catch (error) {
				refused++;
				expect(error, String(error)).toBeInstanceOf(TabTuneError);
			}
		}
		expect(refused).toBeGreaterThan(40);
	});
});
