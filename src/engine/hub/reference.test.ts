import { expect, it } from "vitest";
import { parseModelRef } from "./reference.ts";

it("model names", () => {
	const of = (name: string) => parseModelRef(name, "https://mirror.example");
	expect(of("o/n")).toEqual({ kind: "hub", id: "o/n", revision: "main", file: null });
	expect(of(" o/n.x-1_y@refs/pr/3 ")).toEqual({ kind: "hub", id: "o/n.x-1_y", revision: "refs/pr/3", file: null });
	expect(of("o/n/sub/f.gguf@v1")).toEqual({ kind: "hub", id: "o/n", revision: "v1", file: "sub/f.gguf" });
	expect(of("https://huggingface.co/o/n")).toEqual({ kind: "hub", id: "o/n", revision: "main", file: null });
	expect(of("https://mirror.example/o/n/blob/v2/f.gguf")).toEqual({
		kind: "hub",
		id: "o/n",
		revision: "v2",
		file: "f.gguf",
	});
	expect(of("https://other.example/m.gguf")).toEqual({ kind: "url", url: "https://other.example/m.gguf" });
	for (const none of ["demo", "./a/b", "../a/b", "a/b/c", "/a/b", "a/..", "http://"]) expect(of(none), none).toBeNull();
});
