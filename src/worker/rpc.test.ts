import { wrap } from "comlink";
import { expect, test } from "vitest";
import { TabTuneError } from "../shared/errors.ts";
import { dataMessage } from "../shared/messages/index.ts";
import { textOf } from "../shared/messages/message.ts";
import { errorInfo } from "./error-info.ts";
import { awaitCallbacks, exposeApi } from "./rpc.ts";

const PARTS = { what: dataMessage("noRows"), where: "a.jsonl", next: dataMessage("noRows.next") };

class Api {
	private readonly secret = 42;
	answer(): number {
		return this.secret;
	}
	fail(): void {
		throw new TabTuneError("data", PARTS);
	}
	async count(report: (n: number) => void): Promise<string> {
		for (const n of [1, 2, 3]) report(n);
		return "done";
	}
	async ask(report: (n: number) => boolean | Promise<boolean>): Promise<number> {
		let n = 0;
		while (await report(++n)) {}
		return n;
	}
	break(): void {
		throw new RangeError("out of bounds");
	}
}

async function rejection(method: "fail" | "break"): Promise<unknown> {
	const { port1, port2 } = new MessageChannel();
	exposeApi(new Api(), port1);
	const api = wrap<Api>(port2);
	try {
		expect(await api.answer()).toBe(42);
		return await api[method]().catch((thrown: unknown) => thrown);
	} finally {
		port1.close();
		port2.close();
	}
}

test("results are returned, and a TabTuneError arrives as the plain fields of ErrorInfo", async () => {
	const info = await rejection("fail");
	expect(info).toMatchObject({ code: "data", ...PARTS });
	expect(info).not.toBeInstanceOf(Error);
});

test("code that cannot be fetched is named as such", () => {
	const error = new TypeError("Failed to fetch dynamically imported module: https://a/assets/session.js");
	const { code, what } = errorInfo(error);
	expect([code, textOf(what)]).toEqual(["internal", "code that this needs could not be loaded"]);
});

test("an unexpected exception arrives with code internal and its stack", async () => {
	expect(await rejection("break")).toMatchObject({
		code: "internal",
		what: "out of bounds",
		details: expect.stringContaining("RangeError"),
	});
});

test("a call returns only after its last callback was handled", async () => {
	const heard: unknown[] = [];
	// Like Comlink's proxies: the promise resolves when the page has run the callback.
	const slow = (n: number) => new Promise<void>((done) => setTimeout(() => done(void heard.push(n)), 20));
	heard.push(await awaitCallbacks(new Api()).count(slow));
	expect(heard).toEqual([1, 2, 3, "done"]);
	const broken = () => Promise.reject(new Error("the page's own fault"));
	expect(await awaitCallbacks(new Api()).count(broken)).toBe("done");
});

test("a call receives the results of its callbacks", async () => {
	expect(await awaitCallbacks(new Api()).ask(async (n) => n < 3)).toBe(3);
	const broken = () => Promise.reject(new Error("the page's own fault"));
	await expect(awaitCallbacks(new Api()).ask(broken)).rejects.toThrow("the page's own fault");
});
