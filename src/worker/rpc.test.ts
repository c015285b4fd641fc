import { expect, test } from "vitest";
import { TabTuneError } from "../engine/errors.ts";
import { rpcHandler } from "./rpc.ts";

class Api {
	private readonly secret = 42;
	answer(): number {
		return this.secret;
	}
	fail(): never {
		throw new TabTuneError("data", { what: "row 17 is not JSON", where: "a.jsonl", next: "mend it" });
	}
	async count(tell: (n: number) => void): Promise<string> {
		for (const n of [1, 2, 3]) tell(n);
		return "done";
	}
	async ask(tell: (n: number) => boolean | Promise<boolean>): Promise<number> {
		let n = 0;
		while (await tell(++n)) {}
		return n;
	}
	break(): never {
		throw new RangeError("out of bounds");
	}
}

test("results pass, and a TabTuneError arrives as JSON with its three parts", async () => {
	const api = rpcHandler(new Api());
	expect(await api.answer()).toBe(42);
	const error = await Promise.resolve(api.fail()).catch((thrown: Error) => thrown);
	expect((error as Error).name).toBe("TabTuneError");
	expect(JSON.parse((error as Error).message)).toEqual({
		code: "data",
		what: "row 17 is not JSON",
		where: "a.jsonl",
		next: "mend it",
	});
});

test("an unforeseen exception arrives as internal, with its stack to copy", async () => {
	const error = await Promise.resolve(rpcHandler(new Api()).break()).catch((thrown: Error) => thrown);
	const info = JSON.parse((error as Error).message);
	expect(info).toMatchObject({ code: "internal", what: "out of bounds" });
	expect(info.details).toContain("RangeError");
});

test("a call ends when what it told has been heard, not before", async () => {
	const heard: unknown[] = [];
	// As Comlink's: a promise of when the page has run it.
	const slow = (n: number) => new Promise<void>((done) => setTimeout(() => done(void heard.push(n)), 20));
	heard.push(await rpcHandler(new Api()).count(slow));
	expect(heard).toEqual([1, 2, 3, "done"]);
	const broken = () => Promise.reject(new Error("the page's own fault"));
	expect(await rpcHandler(new Api()).count(broken)).toBe("done");
});

test("what a listener answers reaches the one who told it", async () => {
	expect(await rpcHandler(new Api()).ask(async (n) => n < 3)).toBe(3);
	const broken = () => Promise.reject(new Error("the page's own fault"));
	await expect(rpcHandler(new Api()).ask(broken)).rejects.toThrow("the page's own fault");
});
