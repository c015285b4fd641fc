import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Checksums, sha256Hex, verifyChecksum, verifyChecksums } from "./checksum.ts";
import { type ModelFolder, memoryFolder } from "./model-folder.ts";
import { errorOf } from "./test-tools.ts";

it("sha256Hex is SHA-256", async () => {
	expect(await sha256Hex(new TextEncoder().encode("abc"))).toBe(
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	);
});

describe("the bundled base", () => {
	const bytesOf = (name: string) =>
		new Uint8Array(readFileSync(new URL(`../../../public/base-model/${name}`, import.meta.url)));
	const manifest = JSON.parse(new TextDecoder().decode(bytesOf("checksums.json"))) as Checksums;
	const files = (): Record<string, Uint8Array<ArrayBuffer>> =>
		Object.fromEntries(Object.keys(manifest.files).map((name) => [name, bytesOf(name)]));

	it("matches its checksums", async () => {
		expect(Object.keys(manifest.files)).toEqual(
			expect.arrayContaining(["config.json", "model.safetensors", "tokenizer.json"]),
		);
		await verifyChecksums(memoryFolder("base-model", files()), manifest);
	});

	it("is refused with a changed bit, an extra byte or a missing file", async () => {
		const check = (change: (files: Record<string, Uint8Array<ArrayBuffer>>) => void) => {
			const changed = files();
			change(changed);
			const folder: ModelFolder = memoryFolder("base-model", changed);
			return errorOf(() => verifyChecksums(folder, manifest));
		};
		const flipped = await check((all) => {
			all["model.safetensors"][5_000_000] ^= 1;
		});
		expect(flipped.message).toContain("model.safetensors differs from the file that TabTune ships");
		const longer = await check((all) => {
			all["config.json"] = new Uint8Array([...all["config.json"], 10]);
		});
		expect(longer.message).toContain("config.json");
		const missing = await check((all) => {
			delete all["tokenizer.json"];
		});
		expect(missing.message).toContain("tokenizer.json is missing");
	});

	it("has no checksum of a file that does not exist", async () => {
		expect((await errorOf(() => verifyChecksum("toString", new Uint8Array(0), manifest))).message).toContain(
			"no checksum",
		);
	});
});
