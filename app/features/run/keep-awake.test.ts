// The screen wake lock: requested, requested again when the page is visible again, released at the end, absent without support.
import { afterEach, expect, test, vi } from "vitest";
import { keepAwake } from "./keep-awake.ts";

class Sentinel extends EventTarget {
	released = false;
	release(): void {
		this.released = true;
		this.dispatchEvent(new Event("release"));
	}
}

const settled = () => new Promise((done) => setTimeout(done));

function page(request?: () => Promise<Sentinel>) {
	const shown = Object.assign(new EventTarget(), { visibilityState: "visible" });
	vi.stubGlobal("document", shown);
	vi.stubGlobal("navigator", request === undefined ? {} : { wakeLock: { request } });
	return (visibilityState: string) => {
		shown.visibilityState = visibilityState;
		shown.dispatchEvent(new Event("visibilitychange"));
	};
}

afterEach(() => vi.unstubAllGlobals());

test("the lock is requested again when the page is visible again, and released at the end", async () => {
	const locks: Sentinel[] = [];
	const show = page(async () => {
		locks.push(new Sentinel());
		return locks[locks.length - 1];
	});
	const held: boolean[] = [];
	const end = keepAwake((now) => held.push(now));
	await settled();
	expect(held).toEqual([true]);
	show("hidden");
	locks[0].release(); // as the browser does
	show("visible");
	await settled();
	expect(held).toEqual([true, false, true]);
	end();
	expect(locks.map(({ released }) => released)).toEqual([true, true]);
	show("visible");
	await settled();
	expect(locks.length).toBe(2);
});

test("a refusal and a browser without the API are silent", async () => {
	const held: boolean[] = [];
	page(() => Promise.reject(new Error("NotAllowedError")));
	keepAwake((now) => held.push(now))();
	await settled();
	page();
	keepAwake((now) => held.push(now))();
	await settled();
	expect(held).toEqual([]);
});
