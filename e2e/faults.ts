// Faults inside the engine's worker: the GPU device is lost, and writes to storage fail. A script in front of the worker's code
// obeys messages of the test.
import { createHash } from "node:crypto";
import { unzipSync } from "fflate";
import type { BrowserContext, Page } from "./test.ts";

/** The operations of the browser that write. */
export const WRITES = ["createWritable", "write", "close", "put"] as const;

interface Plan {
	/** Every call of this operation fails as if the disk were full, from the call number `from` on. */
	fail?: { op: (typeof WRITES)[number]; from: number } | null;
	/** The device is lost: now, or at the next call of an operation, or so many milliseconds after the next one is created. */
	lose?: "now" | (typeof WRITES)[number] | number;
}

/** Runs in the worker. */
function install(first: Plan): void {
	let plan: Plan = first;
	let seen = 0;
	let device: GPUDevice | null = null;
	let losses = 0;
	const lose = (which: GPUDevice | null) => {
		losses++;
		which?.destroy();
	};
	const called = (op: (typeof WRITES)[number]) => {
		if (plan.lose === op) {
			plan = { ...plan, lose: undefined };
			lose(device);
		}
		if (plan.fail?.op === op && ++seen >= plan.fail.from)
			throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
	};
	const intercept = (prototype: object | undefined, op: (typeof WRITES)[number]) => {
		if (prototype === undefined) return;
		const original = Reflect.get(prototype, op);
		const asynchronous = op !== "put";
		Object.assign(prototype, {
			[op](this: unknown, ...args: unknown[]) {
				if (!asynchronous) {
					called(op);
					return original.apply(this, args);
				}
				return Promise.resolve()
					.then(() => called(op))
					.then(() => original.apply(this, args));
			},
		});
	};
	intercept(globalThis.FileSystemFileHandle?.prototype, "createWritable");
	intercept(globalThis.FileSystemWritableFileStream?.prototype, "write");
	intercept(globalThis.FileSystemWritableFileStream?.prototype, "close");
	intercept(globalThis.IDBObjectStore?.prototype, "put");
	const { requestDevice } = GPUAdapter.prototype;
	GPUAdapter.prototype.requestDevice = async function (...args) {
		const created = await requestDevice.apply(this, args);
		device = created;
		if (typeof plan.lose === "number") {
			setTimeout(() => lose(created), plan.lose);
			plan = { ...plan, lose: undefined };
		}
		return created;
	};
	const channel = new BroadcastChannel("faults");
	channel.onmessage = ({ data }: MessageEvent<Plan>) => {
		plan = data;
		seen = 0;
		if (plan.lose === "now") lose(device);
		channel.postMessage(losses);
	};
}

/** @param first what happens before the test sends a plan */
export async function withFaults(context: BrowserContext, first: Plan = {}): Promise<void> {
	await context.route(/\/assets\/main-[\w-]+\.js/, async (route) => {
		const response = await route.fetch();
		const text = `(${install})(${JSON.stringify(first)});\n${await response.text()}`;
		await route.fulfill({ response, body: text });
	});
}

/** @returns how often the device was lost so far */
export const plan = (page: Page, data: Plan): Promise<number> =>
	page.evaluate(
		(message) =>
			new Promise<number>((resolve) => {
				const channel = new BroadcastChannel("faults");
				channel.onmessage = ({ data: losses }) => {
					channel.close();
					resolve(losses);
				};
				channel.postMessage(message);
			}),
		data,
	);

/** The checksum of the tensors of the adapter in memory. */
export async function adapterHash(page: Page): Promise<string> {
	const base64 = await page.evaluate(async () => {
		const blob = await globalThis.tabtune.engine?.exportAdapter();
		const bytes = new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0));
		return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
	});
	const files = unzipSync(new Uint8Array(Buffer.from(base64, "base64")));
	return createHash("sha256").update(files["adapter_model.safetensors"]).digest("hex");
}
