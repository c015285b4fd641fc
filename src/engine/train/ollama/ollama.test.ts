// Modelfiles, and the files beside them.
import { expect, test } from "vitest";
import { readAdapterFolder } from "../../adapters/adapter-files.ts";
import { freshAdapter } from "../../adapters/create-adapter.ts";
import { openGguf } from "../../formats/gguf.ts";
import { bytesSource } from "../../formats/source.ts";
import { errorOf, fixtureFolder } from "../../formats/test-tools.ts";
import { openModelFiles } from "../../models/load.ts";
import { resolveSettings } from "../settings.ts";
import { ollamaFiles } from "./ollama.ts";

async function golden(name: string) {
	const model = await openModelFiles(fixtureFolder(`goldens/${name}`), name);
	return { model, adapter: await readAdapterFolder(model, fixtureFolder(`goldens/${name}/final`), name) };
}

async function contentsOf(files: Awaited<ReturnType<typeof ollamaFiles>>) {
	const contents = new Map<string, Uint8Array[]>();
	for (const { path, pieces } of files) {
		const parts: Uint8Array[] = [];
		for await (const piece of pieces()) parts.push(piece.slice());
		contents.set(path, parts);
	}
	return {
		names: [...contents.keys()],
		modelfile: new TextDecoder().decode(contents.get("Modelfile")?.[0]),
		first: contents.get(files[0].path)?.[0],
	};
}

test("Ollama: FROM names a base on this machine with the adapter, or the merged model beside the Modelfile", async () => {
	const { model, adapter } = await golden("pissa");
	const over = await contentsOf(await ollamaFiles(model, adapter, "/models/base"));
	expect(over.names).toEqual(["adapter.gguf", "Modelfile"]);
	expect(over.modelfile).toBe("FROM /models/base\nADAPTER ./adapter.gguf\n");
	expect((await errorOf(() => ollamaFiles(model, adapter, '/models/"x"'))).message).toContain("quotation mark");
});

test("Ollama: the bundled base is written merged, with its template and the texts that end an answer", async () => {
	const model = await openModelFiles(fixtureFolder("../public/base-model"), "demo");
	const adapter = await freshAdapter(model, resolveSettings({}, "the test"), async () => []);
	const { names, modelfile, first } = await contentsOf(await ollamaFiles(model, adapter, null));
	expect(names).toEqual(["model.gguf", "Modelfile"]);
	expect(new TextDecoder().decode(first?.subarray(0, 4))).toBe("GGUF");
	expect(modelfile).toMatch(
		/^FROM \.\/model\.gguf\nTEMPLATE """[\s\S]*\{\{ range \.Messages \}\}[\s\S]*"""\nPARAMETER stop "/,
	);
});

test("Ollama: the merged model has the file type that is asked for", async () => {
	const model = await openModelFiles(fixtureFolder("../public/base-model"), "demo");
	const adapter = await freshAdapter(model, resolveSettings({}, "the test"), async () => []);
	const [file] = await ollamaFiles(model, adapter, null, "q4_k_m");
	const parts: Uint8Array[] = [];
	for await (const piece of file.pieces()) parts.push(piece.slice());
	const { metadata, tensors } = await openGguf(bytesSource(new Uint8Array(Buffer.concat(parts))), "model.gguf");
	expect(metadata.get("general.file_type")).toBe(15);
	// Rows of 192 weights are not whole super-blocks of Q4_K.
	expect(tensors.get("blk.0.attn_q.weight")?.type.name).toBe("Q5_0");
});

test("Ollama: an adapter that llama.cpp cannot apply is merged, also over a base on this machine", async () => {
	const model = await openModelFiles(fixtureFolder("../public/base-model"), "demo");
	expect(model.config.tie_word_embeddings).toBe(true);
	const settings = resolveSettings({ target_modules: ["q_proj", "lm_head"] }, "the test");
	const adapter = await freshAdapter(model, settings, async () => []);
	const files = await ollamaFiles(model, adapter, "/models/base");
	const { names, modelfile } = await contentsOf(files);
	expect(names).toEqual(["model.gguf", "Modelfile"]);
	expect(modelfile.split("\n")[0]).toBe("FROM ./model.gguf");
	const parts: Uint8Array[] = [];
	for await (const piece of files[0].pieces()) parts.push(piece.slice());
	const file = await openGguf(bytesSource(new Uint8Array(Buffer.concat(parts))), "model.gguf");
	expect(file.tensors.has("output.weight")).toBe(true);
});
