import { afterEach, expect, test } from "vitest";
import type { HubClient } from "./http.ts";
import { startWritableHub, WRITE_TOKEN, type WritableHub } from "./test-upload-hub.ts";
import { accountOf, repositoryOf, upload } from "./upload.ts";

let hub: WritableHub | null = null;
afterEach(async () => {
	await hub?.close();
	hub = null;
});

async function lineTo(
	partSize = 0,
	token: string | null = WRITE_TOKEN,
): Promise<{ hub: WritableHub; line: HubClient }> {
	hub = await startWritableHub(partSize);
	const line = {
		fetch,
		wait: async () => undefined,
		signal: new AbortController().signal,
		endpoint: hub.endpoint,
		token,
	};
	return { hub, line };
}

const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7) % 251);
const FILES = [
	{ path: "README.md", blob: new Blob(["# An adapter, é\n"]) },
	{ path: "adapter_config.json", blob: new Blob(["{}"]) },
	{ path: "adapter_model.safetensors", blob: new Blob([bytes(70_000)]) },
];
const OPTIONS = { id: "tester/pirate", branch: "main", private: true, summary: "First" };

async function expectStored({ repositories }: WritableHub): Promise<void> {
	const stored = repositories.get("tester/pirate");
	expect([...(stored?.files.keys() ?? [])].sort()).toEqual(FILES.map(({ path }) => path).sort());
	for (const { path, blob } of FILES)
		expect(new Uint8Array(stored?.files.get(path) ?? []), path).toEqual(new Uint8Array(await blob.arrayBuffer()));
}

test("a new repository is private, has the files, and the storage never sees the token", async () => {
	const { hub, line } = await lineTo();
	expect(await accountOf(line)).toBe("tester");
	expect((await repositoryOf(line, OPTIONS.id)).visibility).toBeNull();
	const sent: string[] = [];
	expect(await upload(line, FILES, { ...OPTIONS, onFile: (path) => sent.push(path) })).toBe("ab".repeat(20));
	await expectStored(hub);
	expect(sent).toEqual(["adapter_model.safetensors"]);
	expect((await repositoryOf(line, OPTIONS.id)).visibility).toBe("private");
	expect(hub.repositories.get(OPTIONS.id)?.summaries).toEqual(["First"]);
	for (const line of hub.seen) expect(line.endsWith("no token"), line).toBe(line.startsWith("storage"));
});

test("a large file is sent in the parts that the Hub asks for", async () => {
	const { hub, line } = await lineTo(30_000);
	await upload(line, FILES, OPTIONS);
	await expectStored(hub);
	expect(hub.seen.filter((request) => request.startsWith("storage PUT"))).toHaveLength(3);
});

test("a second upload goes into the same repository and sends only new bytes", async () => {
	const { hub, line } = await lineTo();
	await upload(line, FILES, OPTIONS);
	hub.seen.length = 0;
	await upload(line, FILES, { ...OPTIONS, summary: "Again" });
	expect(hub.seen.filter((request) => request.startsWith("storage"))).toEqual([]);
	expect(hub.repositories.get(OPTIONS.id)?.summaries).toEqual(["First", "Again"]);
});

test("a storage that is busy is asked again", async () => {
	const { hub, line } = await lineTo();
	hub.storageFaults.push(503, 500);
	await upload(line, FILES, OPTIONS);
	await expectStored(hub);
});

test("a token without permission is refused with the Hub's reason, and the token is not quoted", async () => {
	const { line } = await lineTo(0, "hf_other");
	const failed = upload(line, FILES, OPTIONS);
	await expect(failed).rejects.toThrow(/may not write to tester\/pirate \(401, Invalid credentials\)/);
	await expect(failed).rejects.not.toThrow(/hf_other/);
});

test("another owner's name is refused before anything is sent", async () => {
	const { hub, line } = await lineTo();
	await expect(upload(line, FILES, { ...OPTIONS, id: "other/pirate" })).rejects.toThrow(/You cannot write to other/);
	expect(hub.seen).toHaveLength(1);
});
