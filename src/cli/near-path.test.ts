import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { missingPath, pathAdvice } from "./near-path.ts";

it("a path that does not exist stops at a folder, and names the entry that is spelt most like it", async () => {
	const root = await mkdtemp(join(tmpdir(), "near-"));
	await mkdir(join(root, "models", "my-model"), { recursive: true });
	await writeFile(join(root, "models", "notes.txt"), "");
	expect(await missingPath(join(root, "models", "my-modle"))).toEqual({
		folder: join(root, "models"),
		nearest: join(root, "models", "my-model"),
	});
	expect(await missingPath(join(root, "model", "my-model"))).toEqual({ folder: root, nearest: join(root, "models") });
	expect(await missingPath(join(root, "models", "llama"))).toEqual({ folder: join(root, "models"), nearest: null });
	expect(await pathAdvice(join(root, "models", "llama"), "give a folder")).toBe(
		`${join(root, "models")} has nothing by that name; give a folder`,
	);
	expect((await missingPath("no-such-owner/no-such-model")).folder).toBe(".");
});
